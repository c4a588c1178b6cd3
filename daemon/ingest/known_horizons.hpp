// The horizons of the feeds with `keep`, as this process last read them. Small files are decoded by these before their
// transaction begins; begin_load() compares them with the database, which decides. Shared by the loaders.
#pragma once

#include "feed/feed.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace longshore::ingest {

// Error::code() of an attempt that decoded by another horizon than the database has.
inline constexpr std::string_view k_other_horizon = "HORIZON";

class KnownHorizons {
 public:
  // k_no_horizon if none is known, or the feed has no `keep`.
  std::int64_t of(const Feed& feed) const {
    if (!feed.keep)
      return k_no_horizon;
    const std::lock_guard lock{m_mutex};
    const auto found = m_horizons.find(feed.name);
    return found == m_horizons.end() ? k_no_horizon : found->second;
  }

  void set(const Feed& feed, std::int64_t horizon) {
    const std::lock_guard lock{m_mutex};
    m_horizons[feed.name] = horizon;
  }

 private:
  mutable std::mutex m_mutex;                      // guards the map
  std::map<std::string, std::int64_t> m_horizons;  // by name
};

}  // namespace longshore::ingest
