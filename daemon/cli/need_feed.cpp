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

}  // namespace longshore::cli
