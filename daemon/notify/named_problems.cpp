#include "notify/named_problems.hpp"

#include <algorithm>

namespace longshore::notify {
namespace {

// So many are named in one notice.
constexpr std::size_t k_named = 5;

// Adds one to the notice, whose beginning is that of the first one.
void add(Notice& notice, std::size_t count, const std::string& text, std::int64_t since) {
  notice.since = count == 0 ? since : std::min(notice.since, since);
  if (count < k_named)
    notice.error += (count == 0 ? "" : "; ") + text;
  else if (count == k_named)
    notice.error += " and more";
}

}  // namespace

void NamedProblems::update(const std::map<std::string, std::string>& all, Moment now) {
  for (const auto& [name, why] : all)
    begin(name, why, now);
  for (auto& [name, problem] : m_problems) {
    if (all.contains(name))
      continue;
    if (problem.is_active)
      problem.since = now;
    problem.is_active = false;
  }
  forget_unsent();
}

void NamedProblems::begin(const std::string& name, const std::string& why, Moment now) {
  Problem& problem = m_problems[name];
  if (!problem.is_active)
    problem.since = now;
  problem.is_active = true;
  problem.why = why;
}

void NamedProblems::end(const std::string& name, Moment now) {
  const auto found = m_problems.find(name);
  if (found == m_problems.end() || !found->second.is_active)
    return;
  found->second.is_active = false;
  found->second.since = now;
  forget_unsent();
}

void NamedProblems::end_sent(const std::string& name, Moment now) {
  if (!m_problems.contains(name))
    m_problems[name] = {"", now, true, true};
  end(name, now);
}

void NamedProblems::forget_unsent() {
  std::erase_if(m_problems, [](const auto& one) { return !one.second.is_active && !one.second.is_sent; });
}

std::optional<Moment::Clock::time_point> NamedProblems::problem_since() const {
  std::optional<Moment::Clock::time_point> first;
  for (const auto& [name, problem] : m_problems)
    if (problem.is_active && !problem.is_sent)
      first = first ? std::min(*first, problem.since.steady) : problem.since.steady;
  return first;
}

std::optional<Moment::Clock::time_point> NamedProblems::recovery_since() const {
  std::optional<Moment::Clock::time_point> first;
  for (const auto& [name, problem] : m_problems)
    if (!problem.is_active)
      first = first ? std::min(*first, problem.since.steady) : problem.since.steady;
  return first;
}

Notice NamedProblems::take_problem() {
  Notice notice{m_problem};
  std::size_t count = 0;
  for (auto& [name, problem] : m_problems)
    if (problem.is_active && !problem.is_sent) {
      add(notice, count++, name + ": " + problem.why, problem.since.wall);
      problem.is_sent = true;
    }
  return notice;
}

Notice NamedProblems::take_recovery() {
  Notice notice{m_recovery};
  std::size_t count = 0;
  std::erase_if(m_problems, [&](const auto& one) {
    if (one.second.is_active)
      return false;
    add(notice, count++, one.first, one.second.since.wall);
    return true;
  });
  return notice;
}

}  // namespace longshore::notify
