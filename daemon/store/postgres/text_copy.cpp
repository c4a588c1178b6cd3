#include "store/postgres/text_copy.hpp"

#include <string_view>
#include <variant>

namespace longshore::store::postgres {
namespace {

void put_text(std::string& out, std::string_view text) {
  for (std::size_t at; (at = text.find_first_of("\\\b\f\n\r\t\v")) != text.npos; text.remove_prefix(at + 1)) {
    out += text.substr(0, at);
    switch (text[at]) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:  // after a backslash, COPY reads any character except letters and digits literally
      out += '\\';
      out += text[at];
    }
  }
  out += text;
}

void put_row(std::string& out, const std::vector<Value>& row) {
  const char* separator = "";
  for (const Value& value : row) {
    out += separator;
    separator = "\t";
    if (const auto* const text = std::get_if<std::string>(&value))
      put_text(out, *text);
    else if (std::holds_alternative<std::monostate>(value))
      out += "\\N";
    else
      out += as_text(value);
  }
  out += '\n';
}

}  // namespace

void copy_rows(Connection& connection, const std::string& table, const std::string& columns,
               std::span<const std::vector<Value>> rows) {
  std::string text;  // complete before the COPY begins: nothing may throw while it is open
  for (const auto& row : rows)
    put_row(text, row);
  PGconn* const raw = connection.raw();
  const std::string sql = "copy " + table + " (" + columns + ") from stdin";
  if (const Result begun{PQexec(raw, sql.c_str())}; PQresultStatus(begun.get()) != PGRES_COPY_IN)
    connection.fail(begun.get());
  if (PQputCopyData(raw, text.data(), static_cast<int>(text.size())) != 1 || PQputCopyEnd(raw, nullptr) != 1)
    connection.fail(nullptr);
  const Result ended{PQgetResult(raw)};
  while (const Result more{PQgetResult(raw)}) {
  }
  if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK)
    connection.fail(ended.get());
}

}  // namespace longshore::store::postgres
