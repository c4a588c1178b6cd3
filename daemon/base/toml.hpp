// TOML from a file into tomlplusplus' tables, with bounds that the library does not set: what it reads deep, it frees by
// recursion.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace longshore {

// Throws Error{fatal, Exit::config} whose text begins with "origin:line: ", the origin escaped.
toml::table parse_toml(std::string_view text, const std::string& origin);

// "origin:line", the origin escaped.
std::string toml_place(const std::string& origin, const toml::source_region& where);

}  // namespace longshore
