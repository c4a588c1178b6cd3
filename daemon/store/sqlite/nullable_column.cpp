#include "store/sqlite/nullable_column.hpp"

#include "store/schema_sql.hpp"

#include <algorithm>
#include <cctype>

namespace longshore::store::sqlite {
namespace {

char closing(char opening) { return opening == '[' ? ']' : opening; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`' || c == '['; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool equals(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](unsigned char c) { return std::tolower(c); }, [](unsigned char c) { return std::tolower(c); });
}

// The end of the comment that begins at `at`; `at` itself if none does.
std::size_t comment_end(std::string_view sql, std::size_t at) {
  const bool is_block = sql.substr(at).starts_with("/*");
  if (!is_block && !sql.substr(at).starts_with("--"))
    return at;
  const std::string_view closing = is_block ? "*/" : "\n";
  const std::size_t end = sql.find(closing, at + 2);
  return end == std::string_view::npos ? sql.size() : end + closing.size();
}

// The end of the word, the quoted name, or the one other byte that begins at `at`.
std::size_t token_end(std::string_view sql, std::size_t at) {
  if (is_quote(sql[at])) {
    const std::size_t end = sql.find(closing(sql[at]), at + 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  std::size_t end = at;
  while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_'))
    ++end;
  return std::max(end, at + 1);
}

std::string_view unquoted(std::string_view token) {
  return is_quote(token[0]) && token.size() >= 2 ? token.substr(1, token.size() - 2) : token;
}

}  // namespace

// Walks over the tokens. `depth` is 1 between the parentheses of the column list; a definition begins behind the first
// of them and behind each comma.
std::string without_not_null(std::string_view create_table, std::string_view column) {
  int depth = 0;
  bool begins_definition = false;
  bool is_in_column = false;
  std::size_t not_at = std::string_view::npos;  // of a word NOT directly before
  for (std::size_t at = 0; at < create_table.size();) {
    if (is_space(create_table[at])) {
      ++at;
      continue;
    }
    if (const std::size_t after = comment_end(create_table, at); after != at) {
      at = after;
      continue;
    }
    const std::size_t end = token_end(create_table, at);
    const std::string_view token = create_table.substr(at, end - at);
    if (token == "(") {
      begins_definition = ++depth == 1;
    } else if (token == ")") {
      --depth;
    } else if (token == "," && depth == 1) {
      begins_definition = true;
      is_in_column = false;
    } else if (std::exchange(begins_definition, false)) {
      is_in_column = equals(unquoted(token), column);
    } else if (is_in_column && depth == 1 && equals(token, "null") && not_at != std::string_view::npos) {
      std::size_t begin = not_at;
      while (begin > 0 && is_space(create_table[begin - 1]))
        --begin;
      return std::string{create_table.substr(0, begin)} + std::string{create_table.substr(end)};
    }
    not_at = equals(token, "not") ? at : std::string_view::npos;
    at = end;
  }
  return std::string{create_table};
}

namespace {

// While it exists, statements may write sqlite_schema. "reset" also makes this connection read the schema again.
class WritableSchema {
 public:
  explicit WritableSchema(Session& session) : m_session(session) {
    m_session.exec_script("pragma writable_schema = on");
  }
  ~WritableSchema() {
    try {
      m_session.exec_script("pragma writable_schema = reset");
    } catch (const std::exception&) {  // the connection is unusable
    }
  }
  WritableSchema(const WritableSchema&) = delete;
  WritableSchema& operator=(const WritableSchema&) = delete;

 private:
  Session& m_session;
};

}  // namespace

void make_nullable(Session& session, const std::string& table, const std::string& column) {
  const Rows found =
      session.exec("select sql from sqlite_schema where type = 'table' and name = $1 collate nocase", {table});
  const std::string before = found.empty() ? "" : as_text(found.rows[0][0]);
  const std::string after = without_not_null(before, column);
  const std::int64_t version = as_int(session.exec("pragma schema_version").rows[0][0]);
  {
    const WritableSchema writable{session};
    session.exec("update sqlite_schema set sql = $1 where type = 'table' and name = $2 collate nocase", {after, table});
    // so that every other connection reads the schema again
    session.exec_script("pragma schema_version = " + std::to_string(version + 1));
  }
  if (const auto columns = session.table_columns(table);
      !columns.contains(column) || columns.at(column).find(" not null") != std::string::npos)
    throw Error{Fault::fatal, "NOT NULL cannot be dropped from column \"" + column + "\" of table \"" + table + "\""}
        .with_hint("create the table without it, and copy the rows")
        .exits(Exit::config);
}

}  // namespace longshore::store::sqlite
