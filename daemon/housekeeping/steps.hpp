// The list of clean-ups, and what asks for them: settings, or a feed with `keep`. With none of these the housekeeper does
// not exist.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "housekeeping/step.hpp"
#include "spool/directories.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace longshore::housekeeping {

// In the order in which a round runs them. All must outlive them.
Steps steps_of(const config::Config& config, const Registry& registry, const spool::Directories& directories);

// Time between two rounds: a tenth of the shortest age among the settings, from one second to one hour.
std::chrono::milliseconds interval_of(const config::Config& config);

// The tables from which the steps delete rows: the role of the daemon needs that right. For store::preflight().
std::vector<std::string> tables_to_delete_from(const config::Config& config);

}  // namespace longshore::housekeeping
