// Reads typed values from the TOML of a feed declaration. Each function throws a DeclarationFault for any other type.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore {

// What is wrong with a declaration, where, and the remedy. parse_feed() turns it into an Error with file and line.
struct DeclarationFault {
  toml::source_region where;
  std::string what;
  std::string hint;
};

// A value for a message: escaped and clipped.
std::string shown(std::string_view text);

// `what` names the value in the message.
std::string read_string(const toml::node& node, const std::string& what);
// One string or a list of them; at least one.
std::vector<std::string> read_strings(const toml::node& node, const std::string& what);
bool read_bool(const toml::node& node, const std::string& what, const std::string& hint);
std::uint64_t read_count(const toml::node& node, const std::string& what);
// A name that is safe without quotes as an SQL identifier, in file names and in metrics.
std::string read_identifier(const toml::node& node, const std::string& what);

// Throws a DeclarationFault for a key that is not one of `known`.
void allow_keys(const toml::table& table, std::span<const std::string_view> known);
// The value of a key; throws a DeclarationFault if it is missing.
const toml::node& need(const toml::table& table, std::string_view key, std::string_view hint);

}  // namespace longshore
