#include "cli/report.hpp"

namespace longshore::cli {
namespace {

constexpr std::size_t k_most_rows = 500;  // in memory

}  // namespace

Report::~Report() {
  if (!m_rows.empty() || (!m_has_header && m_format == Format::tabs))
    flush();
}

void Report::add(std::vector<store::Value> row) {
  m_rows.push_back(std::move(row));
  if (m_rows.size() >= k_most_rows)
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

Error as_exit(const Error& error) {
  const bool is_away = error.fault() == Fault::unavailable;
  if (!is_away && error.fault() != Fault::contention && error.fault() != Fault::transient)
    return error;
  return Error(Fault::fatal, error.what())
      .with_hint(error.hint().empty() ? "what was done stands; run the same command again" : error.hint())
      .exits(is_away ? Exit::unavailable : Exit::left_over);
}

}  // namespace longshore::cli
