// Reads a settings file: keys and values as text, each with its line. Checks only the type of a value.
#pragma once

#include "base/error.hpp"
#include "config/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::config {

struct FileValue {
  const Setting* setting = nullptr;
  std::string text;
  std::string place;  // "/etc/longshore/longshore.toml:7"
};

// Throws Error{fatal, Exit::config} with a hint. With file:line for invalid TOML, an unknown key or a wrong type; with
// the path if the file cannot be read, or if every user may write it.
std::vector<FileValue> read_settings_file(const std::string& path);
// The same for a text; `path` is used in the places.
std::vector<FileValue> parse_settings(std::string_view text, const std::string& path);

// The error for any fault in the settings: "<place>: <what>".
Error settings_error(const std::string& place, const std::string& what, std::string hint);

}  // namespace longshore::config
