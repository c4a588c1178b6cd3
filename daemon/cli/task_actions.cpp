#include "cli/task_actions.hpp"

#include "base/signals.hpp"
#include "base/text.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/task_text.hpp"
#include "config/feeds.hpp"
#include "config/program_environment.hpp"
#include "config/suggestion.hpp"
#include "config/target.hpp"
#include "store/task_queries.hpp"
#include "store/tasks.hpp"
#include "tasks/declared.hpp"
#include "tasks/run_task.hpp"
#include "tasks/task_list.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace longshore::cli {
namespace {

constexpr std::uint64_t k_most_children = 1000;

const tasks::Task& need_task(const std::vector<tasks::Task>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &tasks::Task::name);
  if (found != all.end())
    return *found;
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const tasks::Task& task : all)
    names.push_back(task.name);
  const std::vector<std::string> shipped = tasks::shipped_tasks();
  if (std::ranges::find(shipped, name) != shipped.end())
    throw usage_error("the task \"" + name + "\" is not enabled here",
                      "--enable-tasks " + name + ", or enable_tasks in the settings file of the daemon (--config)");
  throw usage_error("unknown task \"" + escape_clipped(name, 100) + "\" in the settings of this command",
                    names.empty()
                        ? "--tasks DIR names the directory of the declarations"
                        : config::did_you_mean(name, std::vector<std::string_view>{names.begin(), names.end()},
                                               "--tasks DIR names the directory of the declarations"));
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

tasks::Parameters parameters_of(const std::vector<std::string>& words) {
  tasks::Parameters parameters;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    if (equals == std::string::npos || !is_name(key))
      throw usage_error("\"" + escape_clipped(word, 100) + "\" is not a parameter",
                        "give KEY=VALUE, for example day=2026-11-21");
    if (std::ranges::find(parameters, key, &tasks::Parameters::value_type::first) != parameters.end())
      throw usage_error("the parameter \"" + key + "\" is given twice", "give each parameter once");
    if (!is_utf8(word) || word.find('\0') != std::string::npos)
      throw usage_error("the parameter \"" + key + "\" is not UTF-8", "give text");
    parameters.emplace_back(key, word.substr(equals + 1));
  }
  return parameters;
}

// The run of the program that calls this command, if a run does.
std::optional<std::int64_t> calling_run() {
  const char* const text = std::getenv("LONGSHORE_TASK_RUN");
  if (!text || *text == '\0')
    return {};
  const std::string_view word{text};
  std::int64_t run_id = 0;
  const auto [rest, fault] = std::from_chars(word.data(), word.data() + word.size(), run_id);
  if (fault != std::errc{} || rest != word.data() + word.size() || run_id < 1)
    throw usage_error("LONGSHORE_TASK_RUN: \"" + escape_clipped(word, 100) + "\" is not the number of a run",
                      "a task's program gets it from longshore; unset it elsewhere");
  return run_id;
}

}  // namespace

Error unknown_task(const std::string& name, const std::vector<std::string>& names) {
  return usage_error("unknown task \"" + escape_clipped(name, 100) + "\"",
                     config::did_you_mean(name, std::vector<std::string_view>{names.begin(), names.end()},
                                          "longshore task list lists the tasks"));
}

void print_run(store::Session& session, const Arguments& arguments, std::int64_t run_id) {
  const store::Rows run = store::read_runs(session, {.run_id = run_id}, std::string{store::k_run_columns} + ", log");
  if (run.empty())
    throw usage_error("run " + std::to_string(run_id) + " does not exist", "longshore task runs lists the runs");
  const store::Rows caused = store::read_runs(session, {.parent = run_id, .limit = k_most_children});
  print(run_text(run, caused, arguments.has("json") ? Format::json : Format::aligned));
}

Exit run_task_now(const Arguments& arguments, const std::vector<std::string>& words) try {
  const config::Config config = arguments.settings().config;
  const Registry registry = config::load_feeds(config);
  const std::vector<tasks::Task> all = tasks::load_tasks(config, registry);
  const tasks::Task& task = need_task(all, words[0]);
  const tasks::Start start{"command", calling_run(), parameters_of({words.begin() + 1, words.end()})};
  const auto session = open_for_writing(config, "task");
  if (arguments.has("all"))
    store::change_all(*session, task.name);
  Signals signals;  // before the thread
  const tasks::RunReport report = tasks::run_until_signal(
      task, tasks::keys_of(task, registry), start,
      {config::task_target_of(config), config.instance, config.keep_task_runs, config::program_environment(config)},
      signals);
  if (report.state == tasks::RunReport::State::busy)
    throw Error{Fault::fatal, "another run of the task \"" + task.name + "\" has not ended"}
        .with_hint("longshore task list shows it; run the command again later")
        .exits(Exit::left_over);
  print_run(*session, arguments, report.run_id);
  switch (report.state) {
  case tasks::RunReport::State::succeeded:
    return Exit::ok;
  case tasks::RunReport::State::failed:
    return Exit::bad_data;
  default:
    return Exit::left_over;
  }
} catch (const Error& error) {
  throw as_exit(error);
}

Exit drop_task(const Arguments& arguments, const std::vector<std::string>& words) try {
  const config::Config config = arguments.settings().config;
  const auto session = open_for_writing(config, "task");
  if (!store::drop_task(*session, words[0])) {
    const store::Rows tasks = store::read_tasks(*session, "");
    std::vector<std::string> names;
    names.reserve(tasks.size());
    for (const auto& row : tasks.rows)
      names.push_back(store::as_text(row.at(0)));
    throw unknown_task(words[0], names);
  }
  print(
      "task " + words[0] +
      " dropped. Its runs and the tables that its SQL made stay. Remove its declaration too: the next start, reload or "
      "migrate declares it again, and its first run then sees all files.\n");
  return Exit::ok;
} catch (const Error& error) {
  throw as_exit(error);
}

}  // namespace longshore::cli
