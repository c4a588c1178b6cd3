// The feed that a command line names.
#pragma once

#include "feed/feed.hpp"

#include <string>

namespace longshore::cli {

// Throws Error{fatal, Exit::usage} with a suggestion.
const Feed& need_feed(const Registry& registry, const std::string& name);

}  // namespace longshore::cli
