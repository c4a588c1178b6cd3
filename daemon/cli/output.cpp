#include "cli/output.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <unistd.h>

namespace longshore::cli {
namespace {

std::string for_terminal(Style style, const store::Value& value) {
  if (std::holds_alternative<std::monostate>(value))
    return "";
  const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(0, store::as_int(value)));
  switch (style) {
  case Style::text:
    return store::as_text(value);
  case Style::count:
    return human_count(number);
  case Style::bytes:
    return human_bytes(static_cast<double>(number));
  case Style::time:
    return short_time(store::as_text(value));
  case Style::duration_ms:
    return short_duration(number);
  }
  return "";
}

constexpr std::size_t k_report_rows = 500;  // in memory

bool is_right_aligned(Style style) {
  return style == Style::count || style == Style::bytes || style == Style::duration_ms;
}

// Columns on the screen, counted as code points: good enough for names.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void finish_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw Error(Fault::fatal, system_error(errno, "write to standard output").what()).exits(Exit::io_error);
}

Format output_format(bool json) {
  if (json)
    return Format::json;
  return ::isatty(STDOUT_FILENO) ? Format::aligned : Format::tabs;
}

// Texts from the ledger are escaped already; texts of other programs are escaped here.
void Listing::add(std::vector<store::Value> row) {
  for (store::Value& value : row)
    if (auto* text = std::get_if<std::string>(&value))
      *text = printable(*text);
  m_rows.push_back(std::move(row));
}

std::string Listing::text() const {
  switch (m_format) {
  case Format::aligned:
    return aligned();
  case Format::tabs:
    return tabs();
  case Format::json:
    return json();
  }
  return "";
}

std::string Listing::aligned() const {
  std::vector<std::vector<std::string>> lines(1);
  for (const ListingColumn& column : m_columns)
    lines[0].emplace_back(column.name);
  for (const auto& row : m_rows) {
    auto& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i)
      line.push_back(for_terminal(m_columns[i].style, row[i]));
  }
  std::vector<std::size_t> widths(m_columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]));

  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - width_of(line[i]), ' ');
      text += (i == 0 ? "" : "  ");
      text += is_right_aligned(m_columns[i].style) ? space + line[i] : line[i] + space;
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string Listing::tabs() const {
  std::string out;
  for (const ListingColumn& column : m_columns)
    (out += column.name) += '\t';
  out.back() = '\n';
  for (const auto& row : m_rows) {
    for (const store::Value& value : row)
      (out += store::as_text(value)) += '\t';
    out.back() = '\n';
  }
  return out;
}

std::string Listing::json() const {
  std::string out;
  for (const auto& row : m_rows) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer writer{buffer};
    writer.StartObject();
    for (std::size_t i = 0; i < row.size(); ++i) {
      writer.Key(m_columns[i].name.data(), static_cast<rapidjson::SizeType>(m_columns[i].name.size()));
      if (const auto* number = std::get_if<std::int64_t>(&row[i]))
        writer.Int64(*number);
      else if (const auto* real = std::get_if<double>(&row[i]))
        writer.Double(*real);
      else if (const auto* text = std::get_if<std::string>(&row[i]))
        writer.String(text->data(), static_cast<rapidjson::SizeType>(text->size()));
      else
        writer.Null();
    }
    writer.EndObject();
    (out += buffer.GetString()) += '\n';
  }
  return out;
}

Report::~Report() { finish(); }

void Report::finish() {
  if (!m_rows.empty() || (!m_has_header && m_format == Format::tabs))
    flush();
}

void Report::add(std::vector<store::Value> row) {
  m_rows.push_back(std::move(row));
  if (m_rows.size() >= k_report_rows)
    flush();
}

void Report::flush() {
  Listing listing{m_columns, m_format};
  for (auto& row : m_rows)
    listing.add(std::move(row));
  m_rows.clear();
  std::string text = listing.text();
  if (m_has_header && m_format == Format::tabs)
    text.erase(0, text.find('\n') + 1);
  m_has_header = true;
  print(text);
}

store::Value as_value(std::uint64_t number) { return static_cast<std::int64_t>(number); }

store::Value as_value(std::optional<std::int64_t> micros) {
  if (!micros)
    return {};
  return format_time(*micros);
}

std::string short_time(std::string_view canonical) {
  std::string text{canonical.substr(0, 19)};
  std::ranges::replace(text, 'T', ' ');
  return text;
}

}  // namespace longshore::cli
