#include "store/postgres/conninfo.hpp"

#include "base/error.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

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

// Without quotes where libpq does not need them.
std::string short_setting(const std::string& name, const std::string& value) {
  const bool is_plain = !value.empty() && value.find_first_of(" '\\\t\r\n") == std::string::npos;
  return is_plain ? name + '=' + value : setting(name, value);
}

constexpr std::string_view k_encode = "in the URL encode @ as %40, / as %2F and : as %3A, for example in a password: "
                                      "postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

// libpq takes the first @ for the end of the password, and a / before it for the end of the host. If a password has one
// of them, its rest would be read as a host, a port or a database: and be shown as such. nullptr if the URL is clear.
const char* url_fault(std::string_view conninfo) {
  const std::size_t scheme = conninfo.find("://");
  if (!conninfo.starts_with("postgres") || scheme > conninfo.find_first_of("= \t"))
    return nullptr;
  std::string_view rest = conninfo.substr(scheme + 3);
  if (const std::size_t end = rest.find_first_of("@/"); end != std::string_view::npos && rest[end] == '@')
    rest.remove_prefix(end + 1);
  const std::size_t authority = std::min(rest.find_first_of("/?"), rest.size());
  if (rest.substr(0, authority).find('@') != std::string_view::npos)
    return "the URL of the database has a second @";
  const std::string_view path = rest.substr(authority, rest.find('?') - authority);
  if (rest.find('?') >= authority && path.find('@') != std::string_view::npos)
    return "the URL of the database has an @ in the name of the database";
  return nullptr;
}

// "5432", or a list of ports, in which an empty one is the default.
bool is_port(std::string_view text) {
  for (;;) {
    const std::string_view one = text.substr(0, text.find(','));
    unsigned number = 5432;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), number);
    if (!one.empty() && (error != std::errc{} || end != one.data() + one.size() || number < 1 || number > 65535))
      return false;
    if (one.size() == text.size())
      return true;
    text.remove_prefix(one.size() + 1);
  }
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
  const auto refuse = [](const char* fault, std::string_view hint) {
    throw Error{Fault::fatal, fault}.with_hint(std::string{hint}).exits(Exit::usage);
  };
  if (const char* fault = url_fault(conninfo))
    refuse(fault, k_encode);
  const Options options = parsed(conninfo);
  if (!options)
    refuse(
        "libpq cannot parse the connection string of the database",
        "postgresql://USER@HOST/DATABASE or \"host=HOST dbname=DATABASE\"; in a URL, write special characters as %HH, "
        "for example @ as %40");
  for_each_set(options, [&](const PQconninfoOption& option, const std::string& value) {
    const std::string_view name = option.keyword;
    if (name == "port" && !is_port(value))
      refuse("the port in the connection string of the database is not a number from 1 to 65535", k_encode);
    if (name == "dbname" && (value.find("://") != std::string::npos || value.find('=') != std::string::npos))
      refuse("the name of the database in the connection string is itself a connection string",
             "give only the inner one");
  });
}

std::string redacted_conninfo(const std::string& conninfo) {
  std::string out;
  for_each_set(parsed(conninfo), [&](const PQconninfoOption& option, const std::string& value) {
    out += out.empty() ? "" : " ";
    out += is_secret(option) ? std::string{option.keyword} + "=***" : short_setting(option.keyword, value);
  });
  return out.empty() ? "postgresql" : out;
}

std::string passwordless_conninfo(const std::string& conninfo) {
  std::string out;
  for_each_set(parsed(conninfo), [&](const PQconninfoOption& option, const std::string& value) {
    if (!is_secret(option))
      out += (out.empty() ? "" : " ") + short_setting(option.keyword, value);
  });
  return out.empty() ? "postgresql://" : out;
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
