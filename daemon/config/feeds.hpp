// The feeds as the settings give them: built in and declared, without those that are disabled.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"

namespace longshore::config {

// Throws what Registry::load() throws.
Registry load_feeds(const Config& config);

}  // namespace longshore::config
