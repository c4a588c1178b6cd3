// longshore config: prints the effective settings with their origin, checks them, or prints an example file.
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/example.hpp"
#include "config/feeds.hpp"
#include "config/suggestion.hpp"
#include "feed/feed.hpp"
#include "tasks/task_list.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace longshore::cli {
namespace {

void show(const config::Loaded& loaded, Format format) {
  Listing listing{{{"setting"}, {"value"}, {"from"}}, format};
  for (const config::Effective& effective : loaded.effective)
    listing.add({std::string{effective.setting->key}, escape(effective.value), effective.origin});
  print(listing.text());
}

void report(const std::string& what, const std::string& hint) {
  std::fprintf(stderr, "longshore: %s\n", printable(what).c_str());
  if (!hint.empty())
    std::fprintf(stderr, "hint: %s\n", printable(hint).c_str());
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

// "task hourly (/etc/longshore/tasks.d/hourly.toml) runs after objects_detection, every 1d"
std::string line_of(const tasks::Task& task) {
  std::vector<std::string> names = task.after_feeds;
  names.insert(names.end(), task.after_tasks.begin(), task.after_tasks.end());
  std::string when = names.empty() ? "" : "after " + joined(names);
  if (!task.after_failure.empty())
    when += (when.empty() ? "" : ", ") + std::string{"after a failure of "} + joined(task.after_failure);
  if (task.every)
    when += (when.empty() ? "every " : ", every ") + format_duration(*task.every);
  return "task " + task.name + " (" + escape(task.origin) + ") runs " + (when.empty() ? "on demand" : when) + "\n";
}

std::string count_text(std::size_t feeds, std::size_t tasks) {
  const std::string feeds_text = std::to_string(feeds) + " feeds";
  if (tasks == 0)
    return "the settings and " + feeds_text;
  return "the settings, " + feeds_text + " and " + std::to_string(tasks) + (tasks == 1 ? " task" : " tasks");
}

// Nothing, after a report, if a declaration is wrong.
std::optional<Registry> check_feeds(const config::Config& config) {
  try {
    return config::load_feeds(config);
  } catch (const Error& error) {
    report(error.what(), error.hint());
    return {};
  }
}

// The settings are already checked: arguments.settings() throws if they are not valid. Faults of feeds do not hide
// those of tasks.
Exit check(const config::Loaded& loaded) {
  const std::optional<Registry> feeds = check_feeds(loaded.config);
  const auto faults = tasks::find_task_faults(loaded.config, feeds ? &*feeds : nullptr);
  for (const tasks::TaskFault& fault : faults)
    report(fault.place + ": " + fault.what, fault.hint);
  if (!feeds || !faults.empty())
    return Exit::config;
  const Registry& registry = *feeds;
  const std::vector<tasks::Task> tasks = tasks::load_tasks(loaded.config, registry);
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
  for (const tasks::Task& task : tasks)
    print(line_of(task));
  print(count_text(registry.feeds().size(), tasks.size()) + " are valid\n");
  return Exit::ok;
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
  if (action == "check")
    return check(loaded);
  show(loaded, output_format(arguments.has("json")));
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
          "  check    reads all settings, feeds and tasks, and reports errors with file and line, all errors of tasks at once; prints which feeds expect files, which remove old rows, and when tasks run\n"
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
               "78  wrong settings, or a wrong declaration of a feed or a task",
      .run = act,
  };
  return command;
}

}  // namespace longshore::cli
