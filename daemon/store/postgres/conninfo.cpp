#include "store/postgres/conninfo.hpp"

#include "base/error.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <new>

namespace longshore::store::postgres {
namespace {

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

// nullptr if libpq cannot parse it.
Options parsed(const std::string& conninfo) {
  char* message = nullptr;
  Options options{PQconninfoParse(conninfo.c_str(), &message), PQconninfoFree};
  PQfreemem(message);  // not shown: it quotes the wrong part, which may be a password
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

// Calls visit(option, value) for each option that the user has set.
template <class Visit>
void for_each_set(const Options& options, Visit visit) {
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
    if (option->val)
      visit(*option, std::string{option->val});
}

}  // namespace

void check_conninfo(const std::string& conninfo) {
  if (!parsed(conninfo))
    throw Error{Fault::fatal, "libpq cannot parse the connection string of the database"}
        .with_hint(
            "postgresql://USER@HOST/DATABASE or \"host=HOST dbname=DATABASE\"; in a URL, write special characters as %HH")
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

bool has_password(const std::string& conninfo) {
  bool found = false;
  for_each_set(parsed(conninfo),
               [&](const PQconninfoOption& option, const std::string&) { found = found || is_secret(option); });
  return found;
}

std::string completed_conninfo(const std::string& conninfo, Access access, const std::string& who) {
  std::map<std::string, std::string> settings{
      {"application_name", who},
      {"connect_timeout", "10"},
      {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"},  // ms; without it a COPY to a dead peer waits 15 minutes
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
