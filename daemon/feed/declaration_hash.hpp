// The hash of a parsed declaration: comments, layout and the order of options do not enter. It is stored in ingest_feeds,
// so it must not change with the version of longshore or of toml++.
#pragma once

#include <toml++/toml.h>

#include <string>

namespace longshore {

std::string declaration_hash(const toml::table& declaration);

}  // namespace longshore
