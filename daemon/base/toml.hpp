// TOML from a file into tomlplusplus' tables, with bounds that the library does not set: what it reads deep, it frees by
// recursion.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace longshore {

// The text of a settings file or a feed. Throws Error{fatal, Exit::config} whose text begins with the path, escaped, when it
// cannot be read, and when every user may write it: who does decides what the daemon reads, which tables it makes, and where
// it puts things.
std::string read_toml_file(const std::string& path);

// Throws Error{fatal, Exit::config} whose text begins with "origin:line: ", the origin escaped.
toml::table parse_toml(std::string_view text, const std::string& origin);

// "origin:line", the origin escaped.
std::string toml_place(const std::string& origin, const toml::source_region& where);

}  // namespace longshore
