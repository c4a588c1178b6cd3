// Reads the state of the landing directory and of the work directory for `longshore status`. Moves nothing. Errors of a
// directory are returned in LandingState::fault; nothing is thrown for them.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "spool/work/wait_reasons.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::admin {

// One instance directory.
struct InstanceState {
  std::string name;
  bool runs = false;  // its lock is held
  std::uint64_t files = 0;
  std::string oldest_file;  // of the oldest claim; "" when there is none
  std::string oldest_claim;
  std::uint64_t oldest_age_ms = 0;       // since the claim
  std::vector<spool::WaitReason> waits;  // only while it runs
};

struct LandingState {
  std::string path;
  std::string fault;  // why a directory cannot be read; the numbers are not valid then
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  std::optional<std::uint64_t> oldest_age_ms;       // by mtime, of the waiting files
  std::string oldest_file;                          // bytes of its name
  std::uint64_t beyond_look_ahead = 0;              // waiting files that a daemon does not list yet
  std::uint64_t uploads = 0;                        // files whose name marks an upload in progress
  std::uint64_t unrouted = 0;                       // files whose name matches no feed
  std::uint64_t open = 0;                           // waiting files that a process has open for writing
  std::vector<std::string> open_names;              // a few of them
  std::uint64_t unread_directories = 0;             // in landing; their files are not loaded
  std::vector<std::string> unread_directory_names;  // a few of them
  std::uint64_t claimed = 0;
  std::vector<InstanceState> instances;  // by name
};

LandingState read_landing(const config::Config& config, const Registry& registry);

// Returns one phrase that says why the oldest file waits, or "" if no file waits. It is a guess from the directories:
// only the daemon knows the exact reason.
std::string why_the_oldest_waits(const config::Config& config, const Registry& registry, const LandingState& state,
                                 bool database_answers);

}  // namespace longshore::admin
