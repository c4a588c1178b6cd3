// Reads TOML files with tomlplusplus. Adds limits on size and nesting that the library does not have.
// Every fault is an Error{fatal, Exit::config} whose text begins with the path, escaped.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace longshore {

// Returns the text of a settings file or a feed declaration. Throws if the file cannot be read, or if every user may
// write it: the file decides what the daemon reads, which tables it creates, and where it moves files.
std::string read_toml_file(const std::string& path);

// Throws if the text is not TOML, too long or nested too deep. The error begins with "origin:line: ".
toml::table parse_toml(std::string_view text, const std::string& origin);

// "origin:line", the origin escaped.
std::string toml_place(const std::string& origin, const toml::source_region& where);

}  // namespace longshore
