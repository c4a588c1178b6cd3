// What disagrees, as it is found: printed up to a limit, counted beyond it.
#pragma once

#include "cli/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::admin {

struct Finding {
  std::string_view problem;  // a word of the output: see about of `longshore verify`
  std::optional<std::int64_t> file_id;
  std::string file_name;  // escaped, as everything here
  std::string place;
  std::string detail;
  std::string mend;  // what to do, or what was done
  bool is_repaired = false;
};

class Findings {
 public:
  Findings(cli::Format format, std::uint64_t limit)
      : m_report({{"problem"}, {"file_id", cli::Look::count}, {"file_name"}, {"place"}, {"detail"}, {"mend"}}, format),
        m_limit(limit) {}

  void add(const Finding& finding);
  // Files whose rows cannot be compared, for the summary.
  void leave_out(std::uint64_t files) { m_left_out += files; }
  // Of those that are not repaired.
  bool empty() const { return m_left.empty(); }
  // "2 disagreements: 1 rows, 1 unknown_file; 3 repaired; not counted, …: 4 files"
  std::string summary() const;

 private:
  using Counts = std::map<std::string_view, std::uint64_t>;

  cli::Report m_report;
  std::uint64_t m_limit;
  std::uint64_t m_shown = 0;
  Counts m_left;
  std::uint64_t m_repaired = 0;
  std::uint64_t m_left_out = 0;
};

}  // namespace longshore::admin
