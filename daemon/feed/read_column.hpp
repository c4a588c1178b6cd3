// Reads one column of a feed declaration.
#pragma once

#include "feed/feed.hpp"
#include "feed/toml_values.hpp"

namespace longshore {

// Throws a DeclarationFault for an unknown option, a missing one, or a value that is not valid.
Column read_column(const toml::node& node);

}  // namespace longshore
