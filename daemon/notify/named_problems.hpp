// Problems of one kind that several feeds or tasks may have, each by its name: which a notice must still name, and
// which have ended since. A problem that ends before its notice was sent is in none. Reads no clock and has no lock.
#pragma once

#include "notify/moment.hpp"
#include "notify/notice.hpp"

#include <map>
#include <optional>
#include <string>

namespace longshore::notify {

class NamedProblems {
 public:
  NamedProblems(NoticeKind problem, NoticeKind recovery) : m_problem(problem), m_recovery(recovery) {}

  NoticeKind problem_kind() const { return m_problem; }
  NoticeKind recovery_kind() const { return m_recovery; }

  // `all`: why, by the name of each that has the problem. The others have it no more.
  void update(const std::map<std::string, std::string>& all, Moment now);
  void begin(const std::string& name, const std::string& why, Moment now);
  void end(const std::string& name, Moment now);
  // The same for a problem that another process may have sent: its end is sent in any case.
  void end_sent(const std::string& name, Moment now);

  // Since when one waits for each notice; nullopt if none does.
  std::optional<Moment::Clock::time_point> problem_since() const;
  std::optional<Moment::Clock::time_point> recovery_since() const;
  // One notice about all that wait for it.
  Notice take_problem();
  Notice take_recovery();

 private:
  struct Problem {
    std::string why = {};
    Moment since = {};  // of the last change
    bool is_active = false;
    bool is_sent = false;  // that it is active, and not yet that it is not
  };
  void forget_unsent();

  NoticeKind m_problem;
  NoticeKind m_recovery;
  std::map<std::string, Problem> m_problems;  // by name
};

}  // namespace longshore::notify
