#include "config/program_environment.hpp"

#include "config/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace longshore;

TEST_CASE("a longshore that a program calls has the directories, feeds and tasks of this one, and no secret") {
  config::Sources sources;
  sources.environment = [](const std::string&) { return std::optional<std::string>{}; };
  sources.flags = {{"landing", "/srv/landing"},
                   {"feeds", "/srv/feeds"},
                   {"disable_feeds", "vehicles_status"},
                   {"database", "postgresql://me:s3cret@db/fleet"},
                   {"notify_webhook", "https://chat.example/s3cret"}};
  const auto variables = config::program_environment(config::load(sources).config);
  for (const char* variable :
       {"LONGSHORE_LANDING=/srv/landing", "LONGSHORE_PROCESSED=/srv/processed", "LONGSHORE_WORK=/srv/landing/.work",
        "LONGSHORE_FEEDS=/srv/feeds", "LONGSHORE_DISABLE_FEEDS=vehicles_status", "LONGSHORE_ENABLE_TASKS="})
    CHECK_MESSAGE(std::ranges::count(variables, variable) == 1, variable);
  for (const std::string& variable : variables)
    CHECK_MESSAGE(variable.find("s3cret") == std::string::npos, variable);
}
