#include "config/example.hpp"

#include "cli/run_program.hpp"
#include "config/load.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace longshore;

namespace {

// Removes the # from every line with a setting.
std::string uncommented(const std::string& example) {
  std::istringstream lines{example};
  std::string text;
  for (std::string line; std::getline(lines, line);)
    text += (line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z' ? line.substr(1) : line) + "\n";
  return text;
}

config::Loaded load_text(const std::string& directory, const std::string& text) {
  config::Sources sources;
  sources.file = directory + "/longshore.toml";
  std::ofstream{sources.file} << text;
  return config::load(sources);
}

}  // namespace

TEST_CASE("the example changes no setting, and contains every setting with its default") {
  const test::ScratchDirectory scratch;
  const auto as_it_is = load_text(scratch.path(), config::example_file());
  const auto all = load_text(scratch.path(), uncommented(config::example_file()));
  config::Sources nothing;
  nothing.file = scratch / "nosuch";
  const auto defaults = config::load(nothing);

  REQUIRE(all.effective.size() == config::setting_keys().size());
  for (std::size_t i = 0; i < all.effective.size(); ++i) {
    const config::Effective& setting = all.effective[i];
    CAPTURE(setting.setting->key);
    CHECK(as_it_is.effective[i].origin == defaults.effective[i].origin);
    CHECK(setting.origin.find("longshore.toml:") != std::string::npos);
    // the file cannot contain the host's name and the number of cores
    if (setting.setting->fallback.empty() || setting.setting->kind == config::Kind::path)
      CHECK(setting.value == defaults.effective[i].value);
  }
}

TEST_CASE("config example prints the example, also if the settings file is missing") {
  const auto finished = test::run_longshore({"config", "example"}, {{"LONGSHORE_CONFIG", "/nonexistent"}});
  CHECK(finished.exit == 0);
  CHECK(finished.err.empty());
  CHECK(finished.out == config::example_file());
}
