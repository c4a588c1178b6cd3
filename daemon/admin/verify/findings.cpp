#include "admin/verify/findings.hpp"

#include "base/text.hpp"

namespace longshore::admin {

void Findings::add(const Finding& finding) {
  if (finding.is_repaired)
    ++m_repaired;
  else
    ++m_left[finding.problem];
  if (m_found++ < m_limit)
    m_list(finding);
}

std::string Findings::summary() const {
  std::uint64_t all = 0;
  std::string kinds;
  for (const auto& [problem, count] : m_left) {
    all += count;
    kinds += (kinds.empty() ? "" : ", ") + human_count(count) + " " + std::string{problem};
  }
  std::string text =
      all == 0 ? "no differences" : human_count(all) + (all == 1 ? " difference: " : " differences: ") + kinds;
  if (m_repaired > 0)
    text += "; " + human_count(m_repaired) + " repaired";
  if (m_found > m_limit)
    text += "; the first " + human_count(m_limit) + " are listed";
  if (m_left_out > 0)
    text += "; not compared, because some of their rows may be older than --since: " + human_count(m_left_out) +
            (m_left_out == 1 ? " file" : " files");
  return text;
}

}  // namespace longshore::admin
