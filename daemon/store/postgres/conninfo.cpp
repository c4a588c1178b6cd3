#include "store/postgres/conninfo.hpp"

#include "base/error.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <new>

namespace longshore::store::postgres {
namespace {

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

// nullptr when libpq cannot read it.
Options parsed(const std::string& conninfo) {
  char* message = nullptr;
  Options options{PQconninfoParse(conninfo.c_str(), &message), PQconninfoFree};
  PQfreemem(message);  // it quotes what it stumbled over, which may be part of a password
  return options;
}

std::string setting(const std::string& name, const std::string& value) {
  std::string out = name + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  return out += '\'';
}

bool is_secret(const PQconninfoOption& option) { return option.dispchar && *option.dispchar == '*'; }

template <class Visit>  // (option, its value) of what the user has set
void for_each_set(const Options& options, Visit visit) {
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
    if (option->val)
      visit(*option, std::string{option->val});
}

}  // namespace

void check_conninfo(const std::string& conninfo) {
  if (!parsed(conninfo))
    throw Error{Fault::fatal, "the database is given in a form that PostgreSQL's library cannot read"}
        .with_hint(
            "postgresql://USER@HOST/DATABASE or \"host=HOST dbname=DATABASE\"; encode special characters of a URL as %HH")
        .exits(Exit::usage);
}

std::string redacted_conninfo(const std::string& conninfo) {
  std::string out;
  for_each_set(parsed(conninfo), [&](const PQconninfoOption& option, const std::string& value) {
    const bool plain = !value.empty() && value.find_first_of(" '\\") == std::string::npos;
    out += out.empty() ? "" : " ";
    if (is_secret(option))
      out += std::string{option.keyword} + "=***";
    else
      out += plain ? option.keyword + ("=" + value) : setting(option.keyword, value);
  });
  return out.empty() ? "postgresql" : out;
}

bool holds_password(const std::string& conninfo) {
  bool holds = false;
  for_each_set(parsed(conninfo),
               [&](const PQconninfoOption& option, const std::string&) { holds = holds || is_secret(option); });
  return holds;
}

std::string completed_conninfo(const std::string& conninfo, Access access, const std::string& who) {
  std::map<std::string, std::string> settings{
      {"application_name", who},
      {"connect_timeout", "10"},
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"},  // ms; without it a COPY to a dead peer waits for a quarter of an hour
      {"client_encoding", "UTF8"},
  };
  if (access != Access::read_only)
    settings["target_session_attrs"] = "primary";
  for_each_set(parsed(conninfo),
               [&](const PQconninfoOption& option, const std::string& value) { settings[option.keyword] = value; });
  std::string out;
  for (const auto& [name, value] : settings)
    out += setting(name, value) + " ";
  return out;
}

}  // namespace longshore::store::postgres
