#include "cli/task_text.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace longshore::cli {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// Columns whose text is JSON.
constexpr std::array<std::string_view, 5> k_json_columns = {"after", "after_failure", "touched", "parameters",
                                                            "result"};

// One row by the names of its columns.
class Row {
 public:
  Row(const store::Rows& rows, std::size_t number) : m_columns(rows.columns), m_row(rows.rows.at(number)) {}

  const store::Value& at(std::string_view column) const {
    return m_row.at(static_cast<std::size_t>(std::ranges::find(m_columns, column) - m_columns.begin()));
  }
  std::string text(std::string_view column) const { return store::as_text(at(column)); }

 private:
  const std::vector<std::string>& m_columns;
  const std::vector<store::Value>& m_row;
};

store::Value took(const Row& row) {
  const auto begin = parse_time(row.text("started_at")).micros;
  const auto end = parse_time(row.text("finished_at")).micros;
  return begin && end ? store::Value{std::max<std::int64_t>(*end - *begin, 0) / 1000} : store::Value{};
}

// "a, b" of ["a","b"]: names have no quotes and no commas.
std::string names_of(const std::string& json_array) {
  std::string names;
  for (const char c : json_array)
    if (c == ',')
      names += ", ";
    else if (c != '[' && c != ']' && c != '"' && c != ' ')
      names += c;
  return names;
}

bool is_json(const std::string& text) {
  rapidjson::Reader reader;
  rapidjson::StringStream stream{text.c_str()};
  rapidjson::BaseReaderHandler<> nothing;
  return !reader.Parse<rapidjson::kParseIterativeFlag>(stream, nothing).IsError();
}

void put(Writer& writer, std::string_view column, const store::Value& value) {
  writer.Key(column.data(), static_cast<rapidjson::SizeType>(column.size()));
  const auto* const text = std::get_if<std::string>(&value);
  if (const auto* const number = std::get_if<std::int64_t>(&value))
    writer.Int64(*number);
  else if (!text)
    writer.Null();
  else if (std::ranges::find(k_json_columns, column) != k_json_columns.end() && is_json(*text))
    writer.RawValue(text->data(), text->size(), rapidjson::kObjectType);
  else
    writer.String(text->data(), static_cast<rapidjson::SizeType>(text->size()));
}

void put_columns(Writer& writer, const store::Rows& rows, std::size_t number) {
  for (std::size_t i = 0; i < rows.columns.size(); ++i)
    put(writer, rows.columns[i], rows.rows.at(number).at(i));
}

std::string json_lines(const store::Rows& rows) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rapidjson::StringBuffer buffer;
    Writer writer{buffer};
    writer.StartObject();
    put_columns(writer, rows, i);
    writer.EndObject();
    (out += buffer.GetString()) += '\n';
  }
  return out;
}

std::string tabs(const store::Rows& rows) {
  std::vector<ListingColumn> columns;
  columns.reserve(rows.columns.size());
  for (const std::string& name : rows.columns)
    columns.push_back({name});
  Listing listing{columns, Format::tabs};
  for (const auto& row : rows.rows)
    listing.add(row);
  return listing.text();
}

// The first line, short enough for a table.
std::string short_error(const std::string& error) {
  const std::string_view line = std::string_view{error}.substr(0, error.find('\n'));
  const std::string_view clipped = clip_utf8(line, 100);
  return std::string{clipped} + (clipped.size() < error.size() ? "…" : "");
}

// Several lines of a text that a program may have written.
std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    out += printable(line) + "\n";
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

std::string child_names(const store::Rows& children) {
  std::string text;
  for (std::size_t i = children.size(); i-- > 0;) {
    const Row child{children, i};
    text +=
        (text.empty() ? "" : ", ") + child.text("run_id") + " " + child.text("task") + " (" + child.text("state") + ")";
  }
  return text;
}

std::string run_json(const store::Rows& run, const store::Rows& children) {
  rapidjson::StringBuffer buffer;
  Writer writer{buffer};
  writer.StartObject();
  put_columns(writer, run, 0);
  writer.Key("caused");
  writer.StartArray();
  for (std::size_t i = children.size(); i-- > 0;) {
    const Row child{children, i};
    writer.StartObject();
    for (const char* column : {"run_id", "task", "state"})
      put(writer, column, child.at(column));
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return std::string{buffer.GetString()} + "\n";
}

}  // namespace

std::string tasks_text(const store::Rows& tasks, Format format) {
  if (format == Format::json)
    return json_lines(tasks);
  if (format == Format::tabs)
    return tabs(tasks);
  Listing listing{{{"task"},
                   {"kind"},
                   {"after"},
                   {"state"},
                   {"changes", Style::count},
                   {"run", Style::count},
                   {"began", Style::time},
                   {"took", Style::duration_ms},
                   {"succeeded", Style::time},
                   {"error"}},
                  format};
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Row task{tasks, i};
    listing.add({task.at("task"), task.at("kind"), names_of(task.text("after")), task.at("state"), task.at("changes"),
                 task.at("run_id"), task.at("started_at"), took(task), task.at("succeeded_at"),
                 short_error(task.text("error"))});
  }
  return listing.text();
}

std::string runs_text(const store::Rows& runs, Format format) {
  if (format == Format::json)
    return json_lines(runs);
  if (format == Format::tabs)
    return tabs(runs);
  Listing listing{{{"run", Style::count},
                   {"began", Style::time},
                   {"task"},
                   {"cause"},
                   {"state"},
                   {"changes", Style::count},
                   {"touched", Style::count},
                   {"took", Style::duration_ms},
                   {"result or error"}},
                  format};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Row run{runs, i};
    const std::string error = run.text("error");
    listing.add({run.at("run_id"), run.at("started_at"), run.at("task"), run.at("cause"), run.at("state"),
                 run.at("changes"), run.at("touched"), took(run),
                 short_error(error.empty() ? run.text("result") : error)});
  }
  return listing.text();
}

std::string run_text(const store::Rows& run, const store::Rows& children, Format format) {
  if (format == Format::json)
    return run_json(run, children);
  const Row row{run, 0};
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty())
      out += name + std::string(12 - name.size(), ' ') + printable(value) + "\n";
  };
  const std::string parent = row.text("parent_run_id");
  add("run", row.text("run_id"));
  add("task", row.text("task"));
  add("state", row.text("state"));
  add("cause", row.text("cause") + (parent.empty() ? "" : ", by run " + parent));
  add("parameters", row.text("parameters"));
  add("began", row.text("started_at"));
  add("ended", row.text("finished_at"));
  if (const store::Value milliseconds = took(row); !std::holds_alternative<std::monostate>(milliseconds))
    add("took", short_duration(static_cast<std::uint64_t>(store::as_int(milliseconds))));
  add("changes", row.text("changes"));
  add("touched", row.text("touched"));
  add("instance", row.text("instance"));
  add("result", row.text("result"));
  add("error", row.text("error"));
  add("caused", child_names(children));
  const std::string log = row.text("log");
  return log.empty() ? out : out + "\n" + printable_lines(log);
}

}  // namespace longshore::cli
