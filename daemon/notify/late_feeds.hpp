// Which feeds a notice must still name: those that became late, and those that are not late any more. A feed whose
// lateness ends before its notice was sent is in neither. Reads no clock and has no lock.
#pragma once

#include "notify/moment.hpp"
#include "notify/notice.hpp"

#include <map>
#include <optional>
#include <string>

namespace longshore::notify {

class LateFeeds {
 public:
  // `late`: why, by the name of each late feed.
  void update(const std::map<std::string, std::string>& late, Moment now);

  // Since when a feed waits for each notice; nullopt if none does.
  std::optional<Moment::Clock::time_point> late_since() const;
  std::optional<Moment::Clock::time_point> on_time_since() const;
  // One notice about all feeds that wait for it.
  Notice take_late();
  Notice take_on_time();

 private:
  struct Feed {
    std::string why = {};
    Moment since = {};  // of the last change
    bool is_late = false;
    bool is_sent = false;  // that it is late, and not yet that it is not
  };

  std::map<std::string, Feed> m_feeds;  // by name
};

}  // namespace longshore::notify
