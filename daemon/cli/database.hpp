// The database as commands see it.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "store/store.hpp"

#include <memory>

namespace longshore::cli {

// Throws Error{fatal, Exit::config} with a hint when the tables are not there yet, else what store::open throws; a
// database that does not answer exits with Exit::unavailable.
std::unique_ptr<store::Session> open_for_reading(const config::Config& config);
// The same for commands that write. `who` is the command.
std::unique_ptr<store::Session> open_for_writing(const config::Config& config, const std::string& who);
// The same for the command that makes the tables, and the SQLite file they are in.
std::unique_ptr<store::Session> open_for_migrating(const config::Config& config);

// For commands that move or compare files: with a landing directory that is not there everything would seem to be gone.
// Throws Error{fatal, Exit::config}.
void need_landing(const config::Config& config);

// The exit code of a command that a fault of the database interrupted; any other error is returned as it is.
Error as_exit(const Error& error);

}  // namespace longshore::cli
