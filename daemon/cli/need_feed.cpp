#include "cli/need_feed.hpp"

#include "base/text.hpp"
#include "cli/command.hpp"
#include "config/suggestion.hpp"

namespace longshore::cli {

const Feed& need_feed(const Registry& registry, const std::string& name) {
  if (const Feed* feed = registry.find(name))
    return *feed;
  std::vector<std::string_view> names;
  for (const Feed& feed : registry.feeds())
    names.push_back(feed.name);
  throw usage_error("there is no feed \"" + escape_clipped(name, 100) + "\"",
                    config::did_you_mean(name, names, "longshore feeds lists them"));
}

void need_known_feed(store::Session& session, const config::Config& config, const std::string& name) {
  if (!name.empty() && session.exec("select 1 from ingest_log where feed = $1 limit 1", {name}).empty())
    need_feed(Registry::load(config.feeds), name);
}

}  // namespace longshore::cli
