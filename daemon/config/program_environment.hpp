// The settings in use, for a longshore that a program of this process calls: also those of flags.
#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace longshore::config {

// "LONGSHORE_FEEDS=/srv/feeds": directories, feeds and tasks; not settings of the daemon alone, the database and
// secrets.
std::vector<std::string> program_environment(const Config& config);

}  // namespace longshore::config
