#include "notify/report_log.hpp"

#include "notify/notice.hpp"

#include <algorithm>
#include <utility>

namespace longshore::notify {
namespace {

constexpr std::size_t k_most_bytes = 64 * 1024;
constexpr std::size_t k_last_line = 64;  // room for it

// "partial objects_detection_1.json: 120 rows, 3 duplicates, 1 rejects"
std::string line_of(const FileNote& file) {
  std::string line = std::string{store::status_name(file.status)} + " " + file.name;
  if (file.status == store::Status::loaded || file.status == store::Status::partial)
    line += ": " + std::to_string(file.rows) + " rows, " + std::to_string(file.rows_duplicate) + " duplicates, " +
            std::to_string(file.rejects) + " rejects";
  return line + (file.error.empty() ? "" : ": " + file.error) + "\n";
}

}  // namespace

void ReportLog::Lines::add(const std::string& line) {
  if (left_out == 0 && text.size() + line.size() + k_last_line <= k_most_bytes)
    text += line;
  else
    ++left_out;
}

void ReportLog::add(const store::LedgerRow& row) {
  (is_problem(row.status) ? m_problems : m_others).add(line_of(FileNote::of(row, 0)));
}

std::string ReportLog::take() {
  Lines all = std::exchange(m_problems, {});
  const Lines others = std::exchange(m_others, {});
  const std::size_t room = all.left_out > 0 ? 0 : k_most_bytes - k_last_line - all.text.size();
  std::size_t fitting = others.text.size();
  if (fitting > room)
    fitting = room == 0 ? 0 : others.text.rfind('\n', room - 1) + 1;  // npos + 1 is 0
  all.text += others.text.substr(0, fitting);
  const auto rest = others.text.begin() + static_cast<std::ptrdiff_t>(fitting);
  all.left_out += others.left_out + static_cast<std::uint64_t>(std::count(rest, others.text.end(), '\n'));
  if (all.left_out > 0)
    all.text += "and " + std::to_string(all.left_out) + " more: longshore log\n";
  return all.text;
}

}  // namespace longshore::notify
