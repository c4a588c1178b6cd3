// What would become of a file if it were dropped: decoded like the daemon does it, the rows thrown away.
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

enum class TrialResult { loaded, partial, failed, no_feed, not_touched };
std::string_view trial_result_name(TrialResult result);

struct Trial {
  std::string path;  // escaped
  const Feed* feed = nullptr;
  TrialResult result = TrialResult::loaded;
  std::string reason;  // why it failed, or is not touched
  std::optional<Position> position;
  decode::Decoded decoded;      // what was seen before the fault, when it failed
  std::vector<Reject> rejects;  // the first ones
};

// `feed` is where the file goes whatever its name; nullptr: by its name. Throws Error when the file cannot be read.
Trial try_file(const std::string& path, const Feed* feed, const Registry& registry, const config::Config& config);

}  // namespace longshore::admin
