// Collects the differences that verify finds: passes them on up to a limit, and counts all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::admin {

struct Finding {
  std::string_view problem;  // a word of the output, explained by `longshore verify --help`
  std::optional<std::int64_t> file_id;
  std::string file_name;  // escaped, as all texts here
  std::string place;
  std::string detail;
  std::string remedy;  // what to do, or what repair did
  bool is_repaired = false;
};

class Findings {
 public:
  using List = std::function<void(const Finding&)>;

  // `list` is called for the first `limit` findings.
  Findings(List list, std::uint64_t limit) : m_list(std::move(list)), m_limit(limit) {}

  void add(const Finding& finding);
  // Files whose rows cannot be compared, for the summary.
  void leave_out(std::uint64_t files) { m_left_out += files; }
  // True when every finding was repaired.
  bool empty() const { return m_left.empty(); }
  // "2 differences: 1 rows, 1 unknown_file; 3 repaired; not compared, …: 4 files"
  std::string summary() const;

 private:
  using Counts = std::map<std::string_view, std::uint64_t>;

  const List m_list;
  const std::uint64_t m_limit;
  std::uint64_t m_found = 0;
  Counts m_left;
  std::uint64_t m_repaired = 0;
  std::uint64_t m_left_out = 0;
};

}  // namespace longshore::admin
