#include "store/postgres/sqlstate.hpp"

#include "base/text.hpp"

#include <array>

namespace longshore::store::postgres {
namespace {

struct StateRow {
  std::string_view state;  // five characters, or two for a class
  Fault fault;
  Exit exit;
  const char* hint;
};

constexpr auto k_migrate = "longshore migrate";
constexpr auto k_restore =
    "the server reports damaged data: stop longshore, look at the server's log, restore from a backup";

// The first that fits counts: single codes stand before their class.
constexpr std::array k_states{
    StateRow{"08P01", Fault::bad_file, Exit::bad_data,
             ""},  // with a live connection: bytes that the server cannot take
    StateRow{"08", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"0A", Fault::fatal, Exit::config, ""},
    StateRow{"21", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"22", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"23", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"25006", Fault::unavailable, Exit::unavailable,
             "the server takes no writes: it is a replica, or set to read only"},
    StateRow{"25P03", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"25P04", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"26", Fault::fatal, Exit::internal, ""},
    StateRow{"28", Fault::unavailable, Exit::no_permission, ""},
    StateRow{"34", Fault::fatal, Exit::internal, ""},
    StateRow{"3F", Fault::fatal, Exit::config, "create the schema, or set search_path"},
    StateRow{"40001", Fault::contention, Exit::unavailable, ""},
    StateRow{"40P01", Fault::contention, Exit::unavailable, ""},
    StateRow{"40", Fault::transient, Exit::unavailable, ""},
    StateRow{"42501", Fault::fatal, Exit::config,
             "schema/roles.sql has a role for each work: the owner migrates, the writer loads, the operator replays"},
    StateRow{"42P01", Fault::fatal, Exit::config, k_migrate},
    StateRow{"42703", Fault::fatal, Exit::config, k_migrate},
    StateRow{"42P10", Fault::fatal, Exit::config, k_migrate},
    StateRow{"42", Fault::fatal, Exit::config, ""},
    StateRow{"53400", Fault::transient, Exit::unavailable,
             "a limit of the server's configuration, such as temp_file_limit"},
    StateRow{"53", Fault::unavailable, Exit::unavailable, "the server is short of disk space, memory or connections"},
    StateRow{"54", Fault::bad_file, Exit::bad_data, ""},
    StateRow{"55P03", Fault::contention, Exit::unavailable, ""},
    StateRow{"57014", Fault::transient, Exit::unavailable,
             ""},  // a time-out or somebody's cancel: may be this file's own doing
    StateRow{"57", Fault::disconnected, Exit::unavailable, ""},
    StateRow{"58", Fault::unavailable, Exit::unavailable, ""},
    StateRow{"XX001", Fault::fatal, Exit::config, k_restore},
    StateRow{"XX002", Fault::fatal, Exit::config, k_restore},
};

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

// "ERROR:  division by zero\nDETAIL:  …" as one line: "division by zero; …"
std::string one_line(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    std::string_view line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    for (const std::string_view label : {"ERROR:  ", "FATAL:  ", "PANIC:  ", "DETAIL:  "})
      if (line.starts_with(label))
        line.remove_prefix(label.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("LINE ") || line.starts_with("^") || line.empty())
      continue;  // where in our own SQL
    out += (out.empty() ? "" : "; ") + std::string{line};
  }
  return escape_clipped(out, 1000);
}

}  // namespace

Fault fault_of(std::string_view sqlstate, bool alive) noexcept { return row_of(sqlstate, alive).fault; }

Error translate(std::string_view sqlstate, bool alive, std::string_view message) {
  const StateRow& row = row_of(sqlstate, alive);
  return Error{row.fault, "database: " + one_line(message)}
      .with_code(std::string{sqlstate})
      .with_hint(row.hint)
      .exits(row.exit);
}

}  // namespace longshore::store::postgres
