#include "store/store.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "store/postgres/conninfo.hpp"
#include "store/postgres/session.hpp"
#include "store/sqlite/session.hpp"

#include <algorithm>
#include <charconv>

namespace longshore::store {
namespace {

constexpr std::string_view k_sqlite_prefix = "sqlite:";

bool is_postgres(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://") ||
         text.find('=') != std::string_view::npos;
}

// SQLAlchemy's form: its slashes would become a path in the root directory.
void check_sqlite(std::string_view text) {
  if (!text.starts_with("sqlite://"))
    return;
  const std::string name = escape_clipped(text.substr(std::min(text.find_first_not_of('/', 7), text.size())), 100);
  throw Error{Fault::fatal, "sqlite: is followed by a path, not by //"}
      .with_hint("sqlite:/" + name + " for an absolute path, sqlite:" + name + " for a relative one")
      .exits(Exit::usage);
}

}  // namespace

std::int64_t as_int(const Value& value, std::int64_t if_null) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return *number;
  if (const auto* number = std::get_if<double>(&value))
    return static_cast<std::int64_t>(*number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    std::int64_t number = 0;
    std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
  }
  return if_null;
}

std::string as_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, *number).ptr};
  }
  return {};
}

std::int64_t time_in(const Value& value) {
  const std::string text = as_text(value);
  if (const auto micros = parse_time(text).micros)
    return *micros;
  throw Error{Fault::transient, "the database returned \"" + text + "\", which is not a time"};
}

bool Session::bulk_insert(const std::string&, const std::string&, std::span<const std::vector<Value>>) { return false; }

Session::FileBegin Session::begin_file(std::string_view, const std::string&, Params, const RowBatch&) { return {}; }

std::optional<Error> Session::try_load(const RowBatch& window, std::span<const std::int64_t> file_ids) {
  LoadCounts counts;
  counts.loaded.resize(file_ids.size());
  exec("savepoint longshore_try");
  try {
    load(window, file_ids, counts);
    finish_load(window.feed(), file_ids, counts);
  } catch (const Error& error) {
    if (!is_open() || !in_transaction() || !is_refused_row(error))
      throw;
    exec("rollback to savepoint longshore_try");
    exec("release savepoint longshore_try");
    forget_loads();
    return error;
  }
  exec("release savepoint longshore_try");
  return {};
}

// An error of the decoder has no foreign code.
bool is_refused_row(const Error& error) {
  const bool is_sqlstate = error.code().size() == 5;
  return error.fault() == Fault::bad_file && (is_sqlstate || error.code().starts_with("SQLITE_"));
}

Target Target::parse(const std::string& text) {
  check_sqlite(text);
  if (text.starts_with(k_sqlite_prefix) && text.size() > k_sqlite_prefix.size())
    return {Engine::sqlite, text.substr(k_sqlite_prefix.size())};
  if (is_postgres(text)) {
    postgres::check_conninfo(text);
    return {Engine::postgres, text};
  }
  // quotes only a scheme, or a plain word: the rest may contain a password
  const auto colon = text.find(':');
  const std::string word = text.find('@') < colon ? "…" : escape_clipped(text.substr(0, colon), 100);
  const std::string shown = word + (colon == std::string::npos || word == "…" ? "" : ":…");
  throw Error{Fault::fatal, "\"" + shown + "\" is not a database"}
      .with_hint("sqlite:PATH, postgresql://USER@HOST/DATABASE or \"host=HOST dbname=DATABASE\"")
      .exits(Exit::usage);
}

std::string Target::without_password() const {
  if (engine == Engine::sqlite)
    return std::string{k_sqlite_prefix} + location;
  return postgres::passwordless_conninfo(location);
}

std::string Target::redacted() const {
  if (engine == Engine::sqlite)
    return std::string{k_sqlite_prefix} + location;
  return postgres::redacted_conninfo(location) + (schema.empty() ? "" : ", schema \"" + escape(schema) + "\"");
}

std::unique_ptr<Session> open(const Target& target, Access access, const std::string& who) {
  if (target.engine == Engine::sqlite)
    return sqlite::open(target.location, access);
  return postgres::open(target, access, who);
}

}  // namespace longshore::store
