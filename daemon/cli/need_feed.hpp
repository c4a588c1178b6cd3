// The feed that a command line names.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "store/store.hpp"

#include <string>

namespace longshore::cli {

// Throws Error{fatal, Exit::usage} with a suggestion.
const Feed& need_feed(const Registry& registry, const std::string& name);

// The same of a feed whose files are looked for in the ledger: it may also be one that was declared once. "" is any.
void need_known_feed(store::Session& session, const config::Config& config, const std::string& name);

}  // namespace longshore::cli
