#include "decode/file_cells.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "decode/convert.hpp"

namespace longshore::decode {
namespace {

Outcome read_name(const Column& column, std::string_view file_name, Bytes& out, Bytes& beyond, Reason& reason) {
  if (column.from[0] == "name")
    file_name.remove_prefix(file_name.rfind('/') + 1);
  if (!is_utf8(file_name)) {
    reason = {reason::k_not_utf8, {}};
    return Outcome::refused;
  }
  return read_value(column, {Scalar::Kind::string, file_name, false, true, true}, out, beyond, reason);
}

}  // namespace

FileCells::FileCells(const Feed& feed) : m_feed(feed) {
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    if (feed.columns[i].is_of_file())
      m_cells.push_back({i, {}, {}, {}});
}

void FileCells::begin_file(std::string_view file_name) {
  for (FileCell& cell : m_cells) {
    const Column& column = m_feed.columns[cell.column];
    cell.bytes.clear();
    cell.beyond.clear();
    Reason reason;
    switch (read_name(column, file_name, cell.bytes, cell.beyond, reason)) {
    case Outcome::cell:
      cell.value = {false, cell.bytes.view(), cell.beyond.view()};
      break;
    case Outcome::null:
      cell.value = missing_cell(column);
      break;
    case Outcome::refused:
      throw Error(Fault::bad_file, "the file's name gives a column no valid value: " + column.name + " " +
                                       reason.full() + "; the name: " + escape(file_name))
          .with_hint("rename the file and move it into the landing directory");
    }
  }
}

std::string name_values(const Feed& feed, std::string_view file_name) {
  std::string values;
  for (const Column& column : feed.columns) {
    if (!column.is_of_file())
      continue;
    values += values.empty() ? "[" : ",";
    Bytes cell;
    Bytes beyond;
    Reason reason;
    if (read_name(column, file_name, cell, beyond, reason) != Outcome::cell) {
      values += "null";
      continue;
    }
    std::string text;
    append_cell_text(text, column.type, cell.view());
    if (!beyond.empty())
      text += "+" + std::to_string(get_int<std::uint16_t>(beyond.data())) + " ns";
    append_json_string(values, text);
  }
  return values.empty() ? values : values + "]";
}

}  // namespace longshore::decode
