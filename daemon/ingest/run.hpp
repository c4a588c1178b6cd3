// The life of the process: it takes hold of directories and database, and lets one Daemon after the other work with them, each
// with the settings and feeds of its time.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "feed/feed.hpp"
#include "observe/observer.hpp"

#include <functional>

namespace longshore::ingest {

struct Setup {
  config::Config config;
  Registry registry;
};

// An observer that heeds nothing.
observe::Observer& nobody();

// Runs until TERM or INT, or with config.once until the landing directory is drained. At HUP it calls `read_again` (unless there is
// none): what that throws is logged, and all stays as it is; what it returns holds when the loads under way have ended, but for
// the directories, the database and the instance. Throws Error{fatal} when it cannot go on.
Exit run(Setup setup, observe::Observer& observer = nobody(), const std::function<Setup()>& read_again = {});

}  // namespace longshore::ingest
