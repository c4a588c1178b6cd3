// The exception type of this program. Its Fault decides what happens next, see ingest/retry_policy.
// Foreign codes (errno, SQLSTATE, SQLite, RapidJSON) become an Error once, where they enter.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace longshore {

enum class Fault {
  bad_file,        // the content of this file cannot be loaded: move it to failed/ with the reason
  contention,      // another process used the same rows or file: retry, which may succeed at once
  transient,       // a temporary or unknown fault of this work: retry, and count the attempts
  disconnected,    // the connection was lost: a new one shows whether the database or this work is the cause
  unavailable,     // something that every file needs is unavailable or full: all work waits, no attempt is counted
  needs_operator,  // a table, partition, column or right is missing: a running daemon parks the file, a command ends
  fatal,           // wrong configuration, or a bug: stop, with a hint
};

// The codes of sysexits.h, and 0 for success. 75 (left_over): some work is left for a later run.
enum class Exit : int {
  ok = 0,
  usage = 64,
  bad_data = 65,
  unavailable = 69,
  internal = 70,
  cannot_create = 73,
  io_error = 74,
  left_over = 75,
  no_permission = 77,
  config = 78,
};

// A place in a document. The offset counts bytes from 0. Line and column count from 1, the column in bytes.
struct Position {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  std::uint64_t column = 1;

  bool operator==(const Position&) const = default;
};

// The text is one lower-case phrase without a period at the end. It quotes the wrong value. The hint names the remedy.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& text) : std::runtime_error(text), m_fault(fault) {}

  Fault fault() const noexcept { return m_fault; }
  const std::string& hint() const noexcept { return m_hint; }
  const std::optional<Position>& position() const noexcept { return m_position; }
  // The foreign code, such as "23505" or "ENOSPC"; empty if there is none.
  const std::string& code() const noexcept { return m_code; }
  // The constraint that PostgreSQL names in the error; empty if it names none.
  const std::string& constraint() const noexcept { return m_constraint; }
  // The exit code if this error ends the process.
  Exit exit() const noexcept { return m_exit; }

  Error& with_hint(std::string hint) & {
    m_hint = std::move(hint);
    return *this;
  }
  Error&& with_hint(std::string hint) && {
    m_hint = std::move(hint);
    return std::move(*this);
  }
  Error&& at(Position position) && {
    m_position = position;
    return std::move(*this);
  }
  Error&& with_code(std::string code) && {
    m_code = std::move(code);
    return std::move(*this);
  }
  Error&& with_constraint(std::string constraint) && {
    m_constraint = std::move(constraint);
    return std::move(*this);
  }
  Error&& exits(Exit exit) && {
    m_exit = exit;
    return std::move(*this);
  }

 private:
  Fault m_fault;
  std::string m_hint;
  std::optional<Position> m_position;
  std::string m_code;
  std::string m_constraint;
  Exit m_exit = Exit::internal;
};

// Whether a command, or the start of the daemon, must end with this error: waiting does not help.
inline bool is_set_up_wrong(const Error& error) noexcept {
  return error.fault() == Fault::fatal || error.fault() == Fault::needs_operator;
}

// Translates errno. Faults that affect every file (a full disk, no descriptors, no memory, a read-only file system) are
// unavailable; all others are transient, because they may concern one file: EIO, EACCES, ENOENT. `what` names call and
// file.
Error system_error(int code, const std::string& what);

}  // namespace longshore
