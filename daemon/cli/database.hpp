// Opens the database for a command, and checks what the command needs.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "store/store.hpp"

#include <memory>

namespace longshore::cli {

// Throws Error{fatal}: with Exit::config and a hint if the tables do not exist yet, with Exit::unavailable if the
// database does not answer. Also throws what store::open throws.
std::unique_ptr<store::Session> open_for_reading(const config::Config& config);
// For commands that write. `who` is the command.
std::unique_ptr<store::Session> open_for_writing(const config::Config& config, const std::string& who);
// For a command that finds out itself which tables are missing.
std::unique_ptr<store::Session> open_for_checking(const config::Config& config);
// For the command that creates the tables, and the SQLite file. Does not need tables.
std::unique_ptr<store::Session> open_for_migrating(const config::Config& config);

// For commands that move or compare files: without the landing directory, every file would seem to be missing.
// Throws Error{fatal, Exit::config}.
void need_landing(const config::Config& config);

// Adds exit code and hint to a database fault that interrupted a command. Returns any other error unchanged.
Error as_exit(const Error& error);

}  // namespace longshore::cli
