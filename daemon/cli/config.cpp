// longshore config: prints the effective settings with their origin, checks them, or prints an example file.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/example.hpp"
#include "config/feeds.hpp"
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

// The settings are already checked: arguments.settings() throws if they are not valid.
void check(const config::Loaded& loaded) {
  const Registry registry = config::load_feeds(loaded.config);
  for (const std::string& note : config::unknown_environment())
    std::fprintf(stderr, "longshore: %s\n", note.c_str());
  for (const std::string& warning : registry.shadowed())
    std::fprintf(stderr, "longshore: %s\n", warning.c_str());
  for (const std::string& file : loaded.files)
    print("read " + escape(file) + "\n");
  for (const Feed& feed : registry.feeds())
    if (feed.expect)
      print("feed " + feed.name + " expects a file: " + feed.expect->text + "\n");
  for (const Feed& feed : registry.feeds())
    if (feed.keep)
      print("feed " + feed.name + " keeps rows for " + feed.keep->text + " by " + feed.columns[feed.keep->column].name +
            "\n");
  print("the settings and " + std::to_string(registry.feeds().size()) + " feeds are valid\n");
}

Exit act(const Arguments& arguments) {
  static constexpr std::array<std::string_view, 3> k_actions = {"show", "check", "example"};
  const std::string& action = arguments.positional().front();
  if (std::ranges::find(k_actions, action) == k_actions.end())
    throw usage_error("unknown action \"" + escape_clipped(action, 100) + "\"",
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
      .summary = "show or check the settings",
      .about =
          "  show     prints each setting, its value, and where the value comes from\n"
          "  check    reads all settings and feeds, and reports errors with file and line; prints which feeds expect files, and which remove old rows\n"
          "  example  prints a settings file with every setting: explained, commented out, with its default value\n\n"
          "A value can come from several places. The last one that sets it wins: the default; the settings file; conf.d/*.toml\n"
          "beside that file, in the order of names; the environment (LONGSHORE_NAME, if not empty); the command line.\n"
          "LONGSHORE_CONFIG names the settings file, as --config does. Durations: 500ms, 2s, 5m, 1h, 7d. Sizes: bytes, 64kB\n"
          "(1000 bytes each) or 4MiB (1024 * 1024 bytes each).",
      .flags = {{"json", "", "show: print one JSON object per setting"}},
      .settings = config::setting_keys(),
      .example = "longshore config show --config ./longshore.toml\n"
                 "LONGSHORE_LANDING=/srv/landing longshore config show | grep landing\n"
                 "longshore config example >longshore.toml",
      .exits = "0   printed; check: no errors found\n"
               "64  wrong option\n"
               "78  wrong settings or a wrong feed declaration",
      .run = act,
  };
  return command;
}

}  // namespace longshore::cli
