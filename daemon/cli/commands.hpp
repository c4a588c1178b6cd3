// The subcommands, in the order of the help.
#pragma once

#include "cli/command.hpp"
#include "config/config.hpp"

#include <span>

namespace longshore::cli {

const Command& run_command();
const Command& check_command();
const Command& log_command();
const Command& rejects_command();
const Command& status_command();
const Command& migrate_command();
const Command& feeds_command();
const Command& config_command();
const Command& generate_command();

std::span<const Command* const> commands();

// The daemon itself: returns when it was asked to stop, or with config.once when the landing directory is drained.
Exit run(const config::Config& config);

}  // namespace longshore::cli
