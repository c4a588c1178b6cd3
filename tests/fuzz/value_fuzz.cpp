// Takes any bytes as the value of a column; the first byte selects the column and the second the kind of the value.
// The result is a cell, null, or a reason with a code. A cell as text is read again as the same cell.
#include "base/time_format.hpp"
#include "decode/convert.hpp"
#include "feed/numeric.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

using namespace longshore;

namespace {

void must(bool holds) {
  if (!holds)
    std::abort();
}

// The text of a cell is read by its column as the same cell: each one is coerced, or a time that accepts RFC 3339.
Feed columns() {
  return parse_feed(R"~(
name    = "values"
files   = ["values"]
records = [""]
table   = "values"
key     = ["k"]
columns = [
  { name = "k",  from = "/k",  type = "integer", coerce = true },
  { name = "a",  from = "/a",  type = "integer", coerce = true, min = -5, max = 100000 },
  { name = "b",  from = "/b",  type = "bigint", coerce = true, empty = "null", required = false },
  { name = "c",  from = "/c",  type = "numeric(12,2)", coerce = true },
  { name = "d",  from = "/d",  type = "numeric", coerce = true, default = 0 },
  { name = "e",  from = "/e",  type = "double", coerce = true },
  { name = "f",  from = "/f",  type = "boolean", coerce = true },
  { name = "g",  from = "/g",  type = "text", coerce = true, max_length = 64 },
  { name = "h",  from = "/h",  type = "text", values = { v = "view", c = "click" } },
  { name = "i",  from = "/i",  type = "timestamp", timezone = "Europe/Berlin" },
  { name = "j",  from = "/j",  type = "timestamp", timezone = "America/New_York", format = ["rfc3339", "unix_ns", "%a, %d %b %Y %T %z", "%d/%m/%y %I:%M %p", "%Y-%j %R:%S.%f", "%s"] },
  { name = "l",  from = "/l",  type = "timestamp", format = ["rfc3339", "unix_ms"], min = 1970-01-01T00:00:00Z },
  { name = "m",  from = "/m",  type = "date", timezone = "Asia/Tokyo", format = ["rfc3339", "unix", "%d.%m.%Y"] },
  { name = "n",  from = "/n",  type = "jsonb" },
]
)~",
                    "values.toml");
}

std::string text_of(const Column& column, std::string_view cell) {
  std::string text;
  append_cell_text(text, column.type, cell);
  return text;
}

void check_cell(const Column& column, std::string_view cell) {
  const std::string text = text_of(column, cell);
  if (column.type.type == Type::jsonb || !column.value_names.empty())
    return;
  Bytes again, beyond;
  Reason reason;
  must(decode::read_value(column, {decode::Scalar::Kind::string, text}, again, beyond, reason) ==
       decode::Outcome::cell);
  must(again.view() == cell && beyond.empty());
}

void try_value(const Column& column, const decode::Scalar& value) {
  Bytes cell, beyond;
  Reason reason;
  switch (decode::read_value(column, value, cell, beyond, reason)) {
  case decode::Outcome::cell:
    check_cell(column, cell.view());
    break;
  case decode::Outcome::null:
    must(!column.needs_value());
    break;
  case decode::Outcome::refused:
    must(!reason.kind.code.empty() && !reason.kind.text.empty());
    break;
  }
}

// The bytes are a pattern, a line feed and a text.
void try_format(std::string_view bytes) {
  const auto end = bytes.find('\n');
  std::string fault;
  const auto format = TimeFormat::parse(bytes.substr(0, end), fault);
  must(format.has_value() == fault.empty());
  if (!format || end == std::string_view::npos)
    return;
  const ParsedTime time = format->read(bytes.substr(end + 1));
  must(time.micros.has_value() == time.fault.empty() && time.nanos < 1000);
  if (time.micros)
    must(parse_time(format_time(*time.micros)).micros == time.micros);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Feed feed = columns();
  if (size < 2)
    return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  if (data[1] % 4 == 3) {
    try_format(text);
    return 0;
  }
  const Column& column = feed.columns[data[0] % feed.columns.size()];
  if (data[1] % 4 == 2)
    try_value(column, {decode::Scalar::Kind::boolean, {}, data[0] % 2 == 1});
  else if (data[1] % 4 == 1 && parse_decimal(text) && text.find_first_not_of("+.") == 0)
    try_value(column, {decode::Scalar::Kind::number, text});
  else
    try_value(column, {decode::Scalar::Kind::string, text});
  return 0;
}
