// Combines all sources of settings into one Config: defaults < settings file < conf.d/*.toml beside it < environment <
// flags.
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
  std::string file{k_default_file};
  bool file_is_named = false;  // the user named the file, so it must exist
  // The value of an environment variable. An empty one counts as not set.
  std::function<std::optional<std::string>(const std::string& name)> environment = [](const auto&) {
    return std::nullopt;
  };
  std::map<std::string, std::string, std::less<>> flags;  // key -> value
};

// The sources of this process. The file is `config_flag` (--config), else LONGSHORE_CONFIG, else the default.
Sources process_sources(const std::optional<std::string>& config_flag,
                        std::map<std::string, std::string, std::less<>> flags);

struct Effective {
  const Setting* setting = nullptr;
  std::string value;   // passwords redacted
  std::string origin;  // "default", "/etc/longshore/longshore.toml:7", "environment LONGSHORE_SETTLE", "flag --settle"
};

struct Loaded {
  Config config;
  std::vector<Effective> effective;   // one per setting, in the order of the list
  std::vector<std::string> files;     // the files that were read
  std::vector<std::string> warnings;  // about values that are valid but should be changed
};

// Throws Error{fatal} with Exit::config (Exit::usage for a flag). The text begins with the place, the hint is the
// remedy.
Loaded load(const Sources& sources);

// A note for each environment variable with our prefix that is not a setting. Exceptions: LONGSHORE_SERVICE_HOST and
// the like, which Kubernetes sets for a service of that name, and LONGSHORE_NOTICE_*, LONGSHORE_TASK and
// LONGSHORE_TASK_RUN, which longshore sets for the programs that it starts.
std::vector<std::string> unknown_environment();

}  // namespace longshore::config
