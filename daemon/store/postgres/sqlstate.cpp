#include "store/postgres/sqlstate.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace longshore::store::postgres {
namespace {

struct StateRow {
  std::string_view state;  // five characters, or two for a class
  Fault fault;
  Exit exit;
  const char* hint;
};

constexpr auto k_migrate = "longshore migrate";
constexpr auto k_altered = "a column of the table has another type than its feed declares: change one of them";
constexpr auto k_restore =
    "the server reports damaged data: stop longshore, read the server's log and restore a backup";

// The first match applies: single codes come before their class.
constexpr std::array k_states{
    StateRow{"08P01", Fault::needs_operator, Exit::config,
             k_altered},  // with an open connection: a length that the type does not have
    StateRow{"08", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"0A", Fault::needs_operator, Exit::config, ""},
    StateRow{"21", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"22021", Fault::needs_operator, Exit::config, k_altered},  // the decoder accepts only valid UTF-8
    StateRow{"22P03", Fault::needs_operator, Exit::config, k_altered},
    StateRow{"22", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"23", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"25006", Fault::unavailable, Exit::unavailable,
             "the server accepts no writes: it is a standby, or set to read-only"},
    StateRow{"25P03", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"25P04", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"26", Fault::fatal, Exit::internal, ""},
    StateRow{"28", Fault::unavailable, Exit::no_permission, ""},
    StateRow{"34", Fault::fatal, Exit::internal, ""},
    StateRow{"3F", Fault::needs_operator, Exit::config, "create the schema, or set search_path"},
    StateRow{"40001", Fault::contention, Exit::unavailable, ""},
    StateRow{"40P01", Fault::contention, Exit::unavailable, ""},
    StateRow{"40", Fault::transient, Exit::unavailable, ""},
    StateRow{"42501", Fault::needs_operator, Exit::config,
             "use a role of schema/roles.sql: the owner migrates, the writer loads, the operator replays"},
    StateRow{"42P01", Fault::needs_operator, Exit::config, k_migrate},
    StateRow{"42703", Fault::needs_operator, Exit::config, k_migrate},
    StateRow{"42P10", Fault::needs_operator, Exit::config, k_migrate},
    StateRow{"42", Fault::needs_operator, Exit::config, ""},
    StateRow{"53400", Fault::transient, Exit::unavailable, "raise the server's limit, for example temp_file_limit"},
    StateRow{"53", Fault::unavailable, Exit::unavailable,
             "the server has too little disk space or memory, or too few connections"},
    StateRow{"54", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"55000", Fault::needs_operator, Exit::config, ""},  // for example a foreign table that takes no rows
    StateRow{"55P03", Fault::contention, Exit::unavailable, ""},
    StateRow{"57014", Fault::transient, Exit::unavailable,
             ""},  // a time-out or a cancel request: this file may be the cause
    StateRow{"57", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"P0001", Fault::bad_file, Exit::bad_data, ""},  // raised by a trigger: a rule of the administrator
    StateRow{"58", Fault::unavailable, Exit::unavailable, ""},
    StateRow{"XX001", Fault::fatal, Exit::config, k_restore},
    StateRow{"XX002", Fault::fatal, Exit::config, k_restore},
};

constexpr StateRow k_no_partition{"23514", Fault::needs_operator, Exit::config,
                                  "create a partition for the times of its rows, or a default partition"};
constexpr StateRow k_unknown{"", Fault::transient, Exit::unavailable, ""};
constexpr StateRow k_no_connection{"", Fault::disconnected, Exit::unavailable, ""};

const StateRow& row_of(std::string_view sqlstate, bool alive) noexcept {
  if (!alive)
    return k_no_connection;
  if (sqlstate.size() == 5)
    for (const StateRow& row : k_states)
      if (sqlstate.starts_with(row.state))
        return row;
  return k_unknown;
}

constexpr std::string_view k_constraint = "CONSTRAINT NAME:  ";
constexpr std::string_view k_table = "TABLE NAME:  ";
// Lines that PQERRORS_VERBOSE adds.
constexpr std::array<std::string_view, 6> k_added_lines{
    "SCHEMA NAME:  ", k_table, "COLUMN NAME:  ", "DATATYPE NAME:  ", k_constraint, "LOCATION:  "};

// Parts of an error that may quote rows of a file: they must not get into the log, the ledger or a notice.
constexpr std::array<std::string_view, 4> k_parts_with_rows{"DETAIL:  ", "HINT:  ", "QUERY:  ", "CONTEXT:  "};

struct Message {
  std::string text;
  std::string constraint;
  bool names_table = false;
};

// The message of an error without the parts that may quote rows.
std::string_view primary_of(std::string_view message) {
  for (std::size_t at = message.find('\n'); at != std::string_view::npos; at = message.find('\n', at + 1))
    if (std::ranges::any_of(k_parts_with_rows,
                            [&](std::string_view label) { return message.substr(at + 1).starts_with(label); }))
      return message.substr(0, at);
  return message;
}

// "ERROR:  22012: division by zero\nDETAIL:  …\nLOCATION:  …" -> "division by zero; …"
Message parsed(std::string_view message) {
  Message out;
  while (!message.empty()) {
    std::string_view line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    if (std::ranges::any_of(k_added_lines, [&](std::string_view label) { return line.starts_with(label); })) {
      if (line.starts_with(k_constraint))
        out.constraint = line.substr(k_constraint.size());
      if (line.starts_with(k_table))
        out.names_table = true;
      continue;
    }
    out.names_table = false;
    out.constraint.clear();  // the line was part of a value in the detail: the real one comes last
    for (const std::string_view label : {"ERROR:  ", "FATAL:  ", "PANIC:  "})
      if (line.starts_with(label)) {
        line.remove_prefix(label.size());
        if (line.size() > 7 && line.substr(5, 2) == ": ")
          line.remove_prefix(7);  // the SQLSTATE
      }
    if (constexpr std::string_view detail = "DETAIL:  "; line.starts_with(detail))
      line.remove_prefix(detail.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("LINE ") || line.starts_with("^") || line.empty())
      continue;  // a place in our own SQL
    out.text += (out.text.empty() ? "" : "; ") + std::string{line};
  }
  out.text = escape_clipped(out.text, 1000);
  return out;
}

}  // namespace

Fault fault_of(std::string_view sqlstate, bool alive) noexcept { return row_of(sqlstate, alive).fault; }

Error translate(std::string_view sqlstate, bool alive, std::string_view message) {
  Message parts = parsed(message);
  // A CHECK also names its constraint. An error that a trigger raises names a table only if the trigger gives one.
  const bool has_no_partition = alive && sqlstate == "23514" && parts.names_table && parts.constraint.empty();
  const StateRow& row = has_no_partition ? k_no_partition : row_of(sqlstate, alive);
  // the fault may come from a trigger of the administrator, which can raise every code while it handles a row
  if (row.fault != Fault::fatal && row.fault != Fault::disconnected)
    parts.text = parsed(primary_of(message)).text;
  return Error{row.fault, "database: " + parts.text}
      .with_code(std::string{sqlstate})
      .with_constraint(std::move(parts.constraint))
      .with_hint(row.hint)
      .exits(row.exit);
}

bool is_unique_violation(const Error& error) noexcept { return error.code() == "23505" || error.code() == "XX000"; }

}  // namespace longshore::store::postgres
