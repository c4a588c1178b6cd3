// The subcommands, in the order of the help.
#pragma once

#include "cli/command.hpp"

#include <span>

namespace longshore::cli {

const Command& run_command();
const Command& check_command();
const Command& log_command();
const Command& rejects_command();
const Command& export_command();
const Command& status_command();
const Command& health_command();
const Command& replay_command();
const Command& retry_command();
const Command& skip_command();
const Command& release_command();
const Command& verify_command();
const Command& migrate_command();
const Command& feeds_command();
const Command& task_command();
const Command& config_command();
const Command& generate_command();

std::span<const Command* const> commands();

}  // namespace longshore::cli
