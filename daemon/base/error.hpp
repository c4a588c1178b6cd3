// What went wrong, in the forms that have different consequences. Foreign codes (errno, SQLSTATE, SQLite,
// RapidJSON) are translated into an Error once, where they enter; only ingest/settle acts on them.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace longshore {

enum class Fault {
  bad_file,    // this file cannot be loaded as it is: failed, kept, with its reason
  contention,  // lost to a neighbour, of the database or of the file: the same work may succeed at once
  transient,  // this piece of work, for now, or a reason nobody knows: the file stays, is tried again, and that is counted
  disconnected,  // the connection to the database was lost: whether that is away or this work broke it, a new one tells
  unavailable,   // what every file needs is away or full: everything waits, and no file is blamed
  fatal,         // the set-up or our own code: stop, with a hint
};

// sysexits.h, plus 0 for success. 75: something was left for later.
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

// A place in a document. Offset counts bytes from 0; line and column count from 1, the column in bytes.
struct Position {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  std::uint64_t column = 1;

  bool operator==(const Position&) const = default;
};

// The text is one lower-case phrase without a final stop that quotes what is wrong; the hint says what to do.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& text) : std::runtime_error(text), m_fault(fault) {}

  Fault fault() const noexcept { return m_fault; }
  const std::string& hint() const noexcept { return m_hint; }
  const std::optional<Position>& position() const noexcept { return m_position; }
  // The foreign code behind it, "23505" or "ENOSPC"; empty when there is none.
  const std::string& code() const noexcept { return m_code; }
  // The constraint that PostgreSQL names in the error; empty if it names none.
  const std::string& constraint() const noexcept { return m_constraint; }
  // How the process should end when this error ends it.
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

// errno as an Error. What every file would meet (a full disk, no descriptors, no memory, a read-only file system) is
// unavailable; all else is transient, for it may be about this file: EIO, EACCES, ENOENT … `what` names the call and the file.
Error system_error(int code, const std::string& what);

}  // namespace longshore
