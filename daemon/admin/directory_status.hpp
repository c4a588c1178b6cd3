// What lies in the landing directory and under its work directory, by a look that takes no lock and moves nothing.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::admin {

// One instance's directory in work.
struct InstanceState {
  std::string name;
  bool runs = false;  // its lock is held
  std::uint64_t files = 0;
  std::string oldest_file;  // of the oldest claim; "" when there is none
  std::string oldest_claim;
  std::uint64_t oldest_age_ms = 0;  // since the claim
};

struct LandingState {
  std::string path;
  std::string fault;  // why it cannot be read; then the numbers mean nothing
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  std::optional<std::uint64_t> oldest_age_ms;  // by mtime, of those waiting
  std::string oldest_file;                     // its name, the bytes
  std::uint64_t beyond_look_ahead = 0;         // more are waiting than a daemon keeps in mind
  std::uint64_t under_way = 0;                 // uploads, by their names
  std::uint64_t unrouted = 0;                  // of no feed
  std::uint64_t claimed = 0;
  std::vector<InstanceState> instances;  // directories in work, by name
};

LandingState look_at_landing(const config::Config& config, const Registry& registry);

// Why the oldest file waits, as far as it can be told from outside: one phrase; "" when none waits.
std::string why_the_oldest_waits(const config::Config& config, const LandingState& state, bool database_answers);

}  // namespace longshore::admin
