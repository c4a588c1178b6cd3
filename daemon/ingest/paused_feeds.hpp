// Feeds whose declaration in the database is not that of this daemon. Their files wait, in landing or in their claims,
// and nothing counts against them, until a reload makes a new context. Shared by the loaders and the main thread.
#pragma once

#include "feed/feed.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace longshore::ingest {

// Error::code() of an attempt that found such a feed.
inline constexpr std::string_view k_other_declaration = "DECLARATION";

class PausedFeeds {
 public:
  // Logs the reason once.
  void pause(const Feed& feed, const std::string& reason);
  bool contains(const Feed* feed) const;
  bool is_empty() const;
  // Why, by name of the feed.
  std::map<std::string, std::string> reasons() const;

 private:
  mutable std::mutex m_mutex;                    // guards the map
  std::map<std::string, std::string> m_reasons;  // by name
};

}  // namespace longshore::ingest
