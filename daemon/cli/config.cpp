// longshore config: the effective settings, where each came from, whether all is well with them, and a file to begin with.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/example.hpp"
#include "config/suggestion.hpp"
#include "feed/feed.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace longshore::cli {
namespace {

void show(const config::Loaded& loaded, Format format) {
  Listing listing{{{"setting"}, {"value"}, {"from"}}, format};
  for (const config::Effective& effective : loaded.effective)
    listing.add({std::string{effective.setting->key}, escape(effective.value), effective.origin});
  print(listing.text());
}

// Loading the settings was most of the check; the feeds are the rest.
void check(const config::Loaded& loaded) {
  const Registry registry = Registry::load(loaded.config.feeds);
  for (const std::string& note : config::unknown_environment())
    std::fprintf(stderr, "longshore: %s\n", note.c_str());
  for (const std::string& file : loaded.files)
    print("read " + escape(file) + "\n");
  print("the settings and " + std::to_string(registry.feeds().size()) + " feeds are well formed\n");
}

Exit act(const Arguments& arguments) {
  static constexpr std::array<std::string_view, 3> k_actions = {"show", "check", "example"};
  const std::string& action = arguments.positional().front();
  if (std::ranges::find(k_actions, action) == k_actions.end())
    throw usage_error("\"" + escape_clipped(action, 100) + "\" is nothing that longshore config does",
                      config::did_you_mean(action, k_actions, "show, check or example"));
  if (action == "example") {
    print(config::example_file());
    return Exit::ok;
  }
  const config::Loaded loaded = arguments.settings();
  if (action == "show")
    show(loaded, output_format(arguments.has("json")));
  else
    check(loaded);
  return Exit::ok;
}

}  // namespace

const Command& config_command() {
  static const Command command{
      .name = "config",
      .arguments = "show|check|example",
      .least_arguments = 1,
      .most_arguments = 1,
      .summary = "the effective settings and their origin",
      .about =
          "show lists each setting with its value and where that came from. check reads everything, the feeds too, and\n"
          "says what is wrong, with file and line. example prints a settings file to begin with: every setting explained,\n"
          "at its default and commented out.\n\n"
          "Later wins: defaults, the settings file, conf.d/*.toml beside it in the order of names, the environment\n"
          "(LONGSHORE_NAME; an empty variable counts as not set), flags. LONGSHORE_CONFIG names the settings file like\n"
          "--config. Durations are 500ms, 2s, 5m, 1h, 7d; sizes are bytes, 64kB (1000) or 4MiB (1024).",
      .flags = {{"json", "", "show: one JSON object a line"}},
      .settings = config::setting_keys(),
      .example = "longshore config show --config ./longshore.toml\n"
                 "LONGSHORE_LANDING=/srv/landing longshore config show | grep landing\n"
                 "longshore config example >longshore.toml",
      .exits = "0   all is well\n"
               "64  bad option\n"
               "78  a setting or a feed is wrong",
      .run = act,
  };
  return command;
}

}  // namespace longshore::cli
