#include "config/feeds.hpp"

#include "config/setting.hpp"

namespace longshore::config {

Registry load_feeds(const Config& config) { return Registry::load(config.feeds, names_in(config.disable_feeds)); }

}  // namespace longshore::config
