// longshore task: lists tasks and their runs, as the database has them; runs a task, and drops one.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "cli/task_actions.hpp"
#include "cli/task_text.hpp"
#include "config/suggestion.hpp"
#include "store/task_queries.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace longshore::cli {
namespace {

constexpr std::array<std::string_view, 4> k_states = {"running", "succeeded", "failed", "lost"};

struct Action {
  std::string_view name;
  std::size_t least;  // arguments
  std::size_t most;
  std::string_view usage;
  Exit (*run)(const Arguments&, const std::vector<std::string>& words);
};

// Of a declared task, or of housekeeping and reports, which have only runs.
void need_known_task(store::Session& session, const std::string& name) {
  if (!store::read_tasks(session, name).empty() || !store::read_runs(session, {.task = name, .limit = 1}).empty())
    return;
  const store::Rows tasks = store::read_tasks(session, "");
  std::vector<std::string> names;
  names.reserve(tasks.size());
  for (const auto& row : tasks.rows)
    names.push_back(store::as_text(row.at(0)));
  throw unknown_task(name, names);
}

std::string state_of(const Arguments& arguments) {
  const std::string state = arguments.value_or("state", "");
  if (!state.empty() && std::ranges::find(k_states, state) == k_states.end())
    throw usage_error("--state: \"" + escape_clipped(state, 100) + "\" is not a state of a run",
                      config::did_you_mean(state, k_states, "running, succeeded, failed or lost"));
  return state;
}

std::int64_t run_id_of(const std::string& word) {
  std::int64_t id = 0;
  const auto [rest, fault] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (fault != std::errc{} || rest != word.data() + word.size() || id < 1)
    throw usage_error("\"" + escape_clipped(word, 100) + "\" is not the number of a run",
                      "longshore task runs lists the runs");
  return id;
}

Exit list_tasks(const Arguments& arguments, const std::vector<std::string>& /*words*/) {
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  print(tasks_text(store::read_tasks(*session, ""), output_format(arguments.has("json"))));
  return Exit::ok;
}

Exit list_runs(const Arguments& arguments, const std::vector<std::string>& words) {
  store::RunQuery query{.state = state_of(arguments)};
  if (!words.empty())
    query.task = words[0];
  if (const auto since = arguments.value("since"))
    query.since = since_time(*since);
  query.limit = arguments.count("limit", 50, 1, std::numeric_limits<std::int64_t>::max());
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  if (!query.task.empty())
    need_known_task(*session, query.task);
  print(runs_text(store::read_runs(*session, query), output_format(arguments.has("json"))));
  return Exit::ok;
}

Exit show_run(const Arguments& arguments, const std::vector<std::string>& words) {
  const std::int64_t run_id = run_id_of(words[0]);
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  print_run(*session, arguments, run_id);
  return Exit::ok;
}

constexpr std::array k_actions = {
    Action{"list", 0, 0, "task list", list_tasks},
    Action{"runs", 0, 1, "task runs [NAME]", list_runs},
    Action{"show", 1, 1, "task show RUN", show_run},
    Action{"run", 1, k_any_number, "task run NAME [KEY=VALUE...]", run_task_now},
    Action{"drop", 1, 1, "task drop NAME", drop_task},
};

Exit run_action(const Arguments& arguments) {
  std::vector<std::string> words = arguments.positional();
  const std::string name = words.front();
  words.erase(words.begin());
  const auto* const action = std::ranges::find(k_actions, name, &Action::name);
  if (action == k_actions.end()) {
    std::vector<std::string_view> names;
    names.reserve(k_actions.size());
    for (const Action& known : k_actions)
      names.push_back(known.name);
    throw usage_error("unknown action \"" + escape_clipped(name, 100) + "\"",
                      config::did_you_mean(name, names, "longshore task --help lists the actions"));
  }
  if (words.size() < action->least || words.size() > action->most)
    throw usage_error("wrong number of arguments", "longshore " + std::string{action->usage});
  return action->run(arguments, words);
}

}  // namespace

const Command& task_command() {
  static const Command command{
      .name = "task",
      .arguments = "list | runs [NAME] | show RUN | run NAME [KEY=VALUE...] | drop NAME",
      .least_arguments = 1,
      .most_arguments = k_any_number,
      .summary = "list the tasks that run after loads and their runs; run a task",
      .about =
          "A task is SQL or a program that runs when files were loaded, after another task, at an interval, or on demand. Each\n"
          "execution is a run: a row of ingest_task_runs, written when it starts, so also of what runs now.\n"
          "  list                      the declared tasks: their state, the changes that wait, their newest run\n"
          "  runs [NAME]               runs, newest first; NAME is a task, a step of housekeeping (purge_processed) or report\n"
          "  show RUN                  one run: why it ran, what it did, its error, its output, the runs that it caused\n"
          "  run NAME [KEY=VALUE...]   run a task now, with the changes that wait, and print its run; --all: with all files\n"
          "  drop NAME                 end a task: loads note no changes for it any more\n\n"
          "A task is running, failing (its last runs failed; it is tried again), waiting (changes wait for its next run), or\n"
          "idle. A run is running, succeeded, failed, or lost: its process ended before the run did, and the next run does\n"
          "its work.\n\n"
          "The parameters KEY=VALUE are rows of the table parameters(name, value) for SQL, and arguments of a program. A\n"
          "program of a task may run other tasks: their runs name its run. A run that would lead to its own task is refused.",
      .flags = {{"state", "STATE", "runs: only this state: running, succeeded, failed or lost"},
                {"since", "TIME", "runs: only those that began since this time or age: 2026-11-21, 12h, 7d"},
                {"limit", "N", "runs: at most N [50]"},
                {"all", "", "run: with the rows of all files, as after the declaration"},
                {"json", "", "print one JSON object per task or run"}},
      .settings = {"database", "schema", "task_database", "tasks", "enable_tasks", "feeds", "disable_feeds"},
      .example = "longshore task list\n"
                 "longshore task runs detections_hourly --since 1d\n"
                 "longshore task runs --state failed --json | jq -r '[.task, .run_id, .error] | @tsv'\n"
                 "longshore task show 17\n"
                 "longshore task run detections_hourly --all\n"
                 "longshore task run weekly_report week=2026-47",
      .exits = "0   printed, even if there is no task and no run; run: it succeeded\n"
               "64  wrong option, or an unknown task or run; run: the run that calls it belongs to the same task\n"
               "65  run: the task failed\n"
               "69  the database does not answer\n"
               "75  run: another run of the task has not ended, or a signal ended this one\n"
               "78  wrong settings or declarations, or the tables or the task do not exist yet",
      .run = run_action,
  };
  return command;
}

}  // namespace longshore::cli
