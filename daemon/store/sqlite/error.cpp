#include "store/sqlite/error.hpp"

#include <sqlite3.h>
#include <SQLiteCpp/Exception.h>

#include <array>
#include <string_view>

namespace longshore::store::sqlite {
namespace {

struct CodeRow {
  int code;
  const char* name;
  Fault fault;
  Exit exit;
  const char* hint;
};

constexpr auto k_migrate = "longshore migrate";
constexpr auto k_restore =
    "stop longshore, remove PATH-wal and PATH-shm, and restore the database from a backup; sqlite3 PATH 'pragma "
    "integrity_check' shows the damage";

constexpr std::array k_codes{
    CodeRow{SQLITE_BUSY, "SQLITE_BUSY", Fault::contention, Exit::left_over, ""},
    CodeRow{SQLITE_LOCKED, "SQLITE_LOCKED", Fault::contention, Exit::left_over, ""},
    CodeRow{SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT", Fault::bad_file, Exit::bad_data, ""},
    CodeRow{SQLITE_TOOBIG, "SQLITE_TOOBIG", Fault::bad_file, Exit::bad_data, ""},
    CodeRow{SQLITE_MISMATCH, "SQLITE_MISMATCH", Fault::bad_file, Exit::bad_data, ""},
    CodeRow{SQLITE_FULL, "SQLITE_FULL", Fault::unavailable, Exit::io_error, "free space on the disk of the database"},
    CodeRow{SQLITE_IOERR, "SQLITE_IOERR", Fault::unavailable, Exit::io_error, ""},
    CodeRow{SQLITE_CANTOPEN, "SQLITE_CANTOPEN", Fault::unavailable, Exit::io_error, ""},
    CodeRow{SQLITE_READONLY, "SQLITE_READONLY", Fault::unavailable, Exit::no_permission, ""},
    CodeRow{SQLITE_PERM, "SQLITE_PERM", Fault::unavailable, Exit::no_permission, ""},
    CodeRow{SQLITE_NOMEM, "SQLITE_NOMEM", Fault::unavailable, Exit::unavailable, ""},
    CodeRow{SQLITE_PROTOCOL, "SQLITE_PROTOCOL", Fault::unavailable, Exit::unavailable, ""},
    CodeRow{SQLITE_INTERRUPT, "SQLITE_INTERRUPT", Fault::transient, Exit::left_over, ""},
    CodeRow{SQLITE_SCHEMA, "SQLITE_SCHEMA", Fault::transient, Exit::unavailable, ""},
    CodeRow{SQLITE_CORRUPT, "SQLITE_CORRUPT", Fault::fatal, Exit::config, k_restore},
    CodeRow{SQLITE_NOTADB, "SQLITE_NOTADB", Fault::fatal, Exit::config,
            "give the path of an SQLite database, or a path that does not exist"},
    CodeRow{SQLITE_ERROR, "SQLITE_ERROR", Fault::fatal, Exit::config, k_migrate},
    CodeRow{SQLITE_MISUSE, "SQLITE_MISUSE", Fault::fatal, Exit::internal, ""},
    CodeRow{SQLITE_RANGE, "SQLITE_RANGE", Fault::fatal, Exit::internal, ""},
};

const CodeRow* find(int code) noexcept {
  for (const CodeRow& row : k_codes)
    if (row.code == (code & 0xff))  // an extended code keeps its primary one in the low byte
      return &row;
  return nullptr;
}

// A table or column was removed: SQLite has no code of its own for that.
bool lacks_name(int code, std::string_view text) noexcept {
  return code == SQLITE_ERROR && (text.find("no such table") != text.npos || text.find("no such column") != text.npos ||
                                  text.find("has no column named") != text.npos);
}

}  // namespace

Fault fault_of(int code) noexcept {
  const CodeRow* row = find(code);
  return row ? row->fault : Fault::transient;
}

Error translate(const SQLite::Exception& exception, const std::string& what) {
  const int code = exception.getErrorCode();
  const std::string text = exception.what();
  Error error{lacks_name(code, text) ? Fault::needs_operator : fault_of(code), what + ": " + text};
  if (const CodeRow* row = find(code))
    return std::move(error).with_code(row->name).with_hint(row->hint).exits(row->exit);
  return std::move(error).with_code("SQLite " + std::to_string(code)).exits(Exit::unavailable);
}

}  // namespace longshore::store::sqlite
