// The settings, feeds and tasks of a daemon: read at the start and at each reload.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "tasks/task.hpp"

#include <vector>

namespace longshore::ingest {

struct Setup {
  config::Config config;
  Registry registry;
  std::vector<tasks::Task> tasks{};
};

}  // namespace longshore::ingest
