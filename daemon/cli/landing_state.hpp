// What lies in the landing directory and under its work directory, by a look that takes no lock and moves nothing.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::cli {

struct LandingState {
  std::string path;
  std::string fault;  // why it cannot be read; then the numbers mean nothing
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  std::optional<std::uint64_t> oldest_age_ms;  // by mtime, of those waiting
  std::uint64_t under_way = 0;                 // uploads, by their names
  std::uint64_t unrouted = 0;                  // of no feed
  std::uint64_t claimed = 0;
  std::vector<std::string> instances;  // directories in work, by name
};

LandingState look_at_landing(const config::Config& config, const Registry& registry);

}  // namespace longshore::cli
