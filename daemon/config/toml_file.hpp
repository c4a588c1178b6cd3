// A settings file's keys and values as text, each with its line. What the values mean is not known here, but for the type.
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

// Throws Error{fatal, Exit::config} with file:line and a hint for TOML that is none, for an unknown key and a wrong type, and
// when the file cannot be read, or every user may write it.
std::vector<FileValue> read_settings_file(const std::string& path);
// The same of a text; `path` is what the places say.
std::vector<FileValue> parse_settings(std::string_view text, const std::string& path);

// What every fault in the settings is thrown as: "<place>: <what>".
Error settings_error(const std::string& place, const std::string& what, std::string hint);

}  // namespace longshore::config
