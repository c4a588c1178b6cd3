// The life of the process: takes the directories and the database, then runs one Daemon after another.
// A reload replaces the Daemon by one with the new settings and feeds. The next Daemon takes over the jobs that are not
// running.
#pragma once

#include "base/error.hpp"
#include "ingest/reload.hpp"
#include "observe/observer.hpp"

#include <functional>

namespace longshore::ingest {

// An observer that ignores everything.
observe::Observer& no_observer();

// Runs until TERM or INT, or with config.once until the landing directory is drained. On HUP it calls `read_setup`,
// unless that is empty (reload.hpp). Throws Error{fatal} for what must end the process.
Exit run(Setup setup, observe::Observer& observer = no_observer(), const std::function<Setup()>& read_setup = {});

}  // namespace longshore::ingest
