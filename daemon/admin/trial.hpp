// Decodes a file as the daemon would, and discards the rows. Needs no database.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "decode/decode.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::admin {

inline constexpr std::uint64_t k_shown_rejects = 10;  // records

enum class TrialResult { loaded, partial, failed, no_feed, not_touched };
std::string_view trial_result_name(TrialResult result);

struct Trial {
  std::string path;  // escaped
  const Feed* feed = nullptr;
  TrialResult result = TrialResult::loaded;
  std::string reason;  // why it failed, or would not be touched
  std::string hint;    // the remedy, if one is known
  std::optional<Position> position;
  decode::Decoded decoded;      // if it failed: what was read before the fault
  std::vector<Reject> rejects;  // the faults of the first k_shown_rejects records
};

// Uses `feed` for any file name, or the feed that matches the name if `feed` is nullptr. Throws Error if the file
// cannot be read.
Trial try_file(const std::string& path, const Feed* feed, const Registry& registry, const config::Config& config);

}  // namespace longshore::admin
