// All sources of settings into one Config: defaults < settings file < conf.d/*.toml beside it < environment < flags.
#pragma once

#include "config/config.hpp"
#include "config/setting.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::config {

inline constexpr std::string_view k_default_file = "/etc/longshore/longshore.toml";

struct Sources {
  std::string file{k_default_file};  // may be missing, unless …
  bool file_is_named = false;        // … somebody named it
  // The value of an environment variable. One that is empty counts as not set.
  std::function<std::optional<std::string>(const std::string& name)> environment = [](const auto&) {
    return std::nullopt;
  };
  std::map<std::string, std::string, std::less<>> flags;  // key -> value
};

// The process's own: `config_flag` is --config, else LONGSHORE_CONFIG, else the default file.
Sources process_sources(const std::optional<std::string>& config_flag,
                        std::map<std::string, std::string, std::less<>> flags);

struct Effective {
  const Setting* setting = nullptr;
  std::string value;   // passwords redacted
  std::string origin;  // "default", "/etc/longshore/longshore.toml:7", "environment LONGSHORE_SETTLE", "flag --settle"
};

struct Loaded {
  Config config;
  std::vector<Effective> effective;   // of every setting, in the order of the list
  std::vector<std::string> files;     // that were read
  std::vector<std::string> warnings;  // what works, but should not stay so
};

// Throws Error{fatal} with Exit::config, or for a flag Exit::usage; the text begins with the place, the hint is the remedy.
Loaded load(const Sources& sources);

// A note for each variable of the process that has our prefix and is no setting. Those that others are told by are no
// fault: Kubernetes sets LONGSHORE_SERVICE_HOST and its like for a service of that name, and we LONGSHORE_NOTICE_*.
std::vector<std::string> unknown_environment();

}  // namespace longshore::config
