#include "base/log.hpp"
#include "cli/commands.hpp"
#include "feed/feed.hpp"
#include "ingest/daemon.hpp"

namespace longshore::cli {

Exit run(const config::Config& config) {
  log::start(config.log_level);
  return ingest::run(config, Registry::load(config.feeds));
}

}  // namespace longshore::cli
