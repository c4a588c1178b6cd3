#include "tasks/task_check.hpp"

#include "config/suggestion.hpp"
#include "feed/declaration_hash.hpp"
#include "feed/toml_values.hpp"
#include "tasks/task_keys.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace longshore::tasks {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// A hash of what decides the rows that a task makes and what follows from its runs. If it changes, the task is declared
// again.
std::string hash_of(const Task& task, const std::vector<NameAt>& after) {
  std::vector<std::string> names;
  names.reserve(after.size());
  for (const NameAt& name : after)
    names.push_back(name.name);
  std::ranges::sort(names);
  toml::table decides;
  toml::array after_names;
  for (const std::string& name : names)
    after_names.push_back(name);
  toml::array keys;
  for (const store::TouchedKey& key : task.touched)
    keys.push_back(toml::array{key.name, key.from, key.truncate, type_text(key.type)});
  toml::array program;
  for (const std::string& word : task.program)
    program.push_back(word);
  toml::array failure_names;
  std::vector<std::string> failing = task.after_failure;
  std::ranges::sort(failing);
  for (const std::string& name : failing)
    failure_names.push_back(name);
  decides.insert("after", after_names);
  decides.insert("after_failure", failure_names);
  decides.insert("touched", keys);
  decides.insert("run", program);
  decides.insert("sql", toml::array{task.sql.postgres, task.sql.sqlite});
  decides.insert("setup", toml::array{task.setup.postgres, task.setup.sqlite});
  return declaration_hash(decides);
}

class Check {
 public:
  Check(std::vector<TaskDeclaration>& declared, const Registry* registry, const OtherNames& other,
        std::vector<TaskFault>& faults)
      : m_declared(declared), m_registry(registry), m_other(other), m_faults(faults) {
    m_tasks.reserve(declared.size());
    for (const TaskDeclaration& task : declared)
      m_tasks.push_back(task.name.name);
    if (registry)
      for (const Feed& feed : registry->feeds())
        m_feeds.push_back(feed.name);
    m_feeds.emplace_back(store::k_ledger_feed);
  }

  std::vector<Task> complete() {
    std::vector<Task> tasks;
    tasks.reserve(m_declared.size());
    for (TaskDeclaration& declared : m_declared)
      tasks.push_back(complete(declared));
    find_cycles(tasks);
    return tasks;
  }

 private:
  void add(std::string place, std::string what, std::string hint) {
    m_faults.push_back({std::move(place), std::move(what), std::move(hint)});
  }

  bool is_task(const std::string& name) const { return contains(m_tasks, name) || contains(m_other.tasks, name); }

  Task complete(TaskDeclaration& declared) {
    Task task = declared.task;
    if (m_registry && m_registry->find(task.name))
      add(declared.name.place, "task \"" + task.name + "\" has the name of a feed",
          "choose another name: `after` names feeds and tasks");
    for (const NameAt& name : declared.after)
      if (is_task(name.name))
        task.after_tasks.push_back(name.name);
      else if (!m_registry || contains(m_feeds, name.name))
        task.after_feeds.push_back(name.name);
      else
        add_unknown(name, "after", true);
    for (const NameAt& name : declared.after_failure)
      if (is_task(name.name))
        task.after_failure.push_back(name.name);
      else
        add_unknown(name, "after_failure", false);
    check_touched(declared, task);
    task.declaration = hash_of(task, declared.after);
    return task;
  }

  void check_touched(TaskDeclaration& declared, Task& task) {
    if (!declared.touched.empty() && task.after_feeds.empty() && !names_unknown(declared.after))
      add(declared.touched.front().place, "touched without a feed in `after`",
          "touched has values of the rows that the feeds in `after` loaded: name a feed, or remove touched");
    if (m_registry)
      complete_keys(declared, task.after_feeds, *m_registry, m_faults);
    for (const KeyAt& key : declared.touched)
      task.touched.push_back(key.key);
  }

  // A name that is a fault already may have been meant for a feed.
  bool names_unknown(const std::vector<NameAt>& names) const {
    return std::ranges::any_of(
        names, [&](const NameAt& name) { return !is_task(name.name) && !contains(m_feeds, name.name); });
  }

  void add_unknown(const NameAt& name, const std::string& key, bool may_be_feed) {
    const std::string what =
        key + " names an unknown " + (may_be_feed ? "feed or task" : "task") + " \"" + shown(name.name) + "\"";
    if (!may_be_feed && contains(m_feeds, name.name))
      add(name.place, key + " names \"" + name.name + "\", which is a feed", "only a task can fail: name a task");
    else if (may_be_feed && contains(m_other.disabled_feeds, name.name))
      add(name.place, what, "disable_feeds disables this feed");
    else if (contains(m_other.shipped_tasks, name.name))
      add(name.place, what, "this shipped task is not enabled: add it to enable_tasks");
    else
      add(name.place, what, config::did_you_mean(name.name, known(may_be_feed), known_hint(may_be_feed)));
  }

  std::vector<std::string_view> known(bool with_feeds) const {
    std::vector<std::string_view> names{m_tasks.begin(), m_tasks.end()};
    if (with_feeds)
      names.insert(names.end(), m_feeds.begin(), m_feeds.end());
    return names;
  }

  std::string known_hint(bool with_feeds) const {
    std::string names;
    for (const std::string_view name : known(with_feeds))
      names.append(names.empty() ? "" : ", ").append(name);
    return (with_feeds ? "the tasks and feeds are: " : "the tasks are: ") + names;
  }

  // Follows `after` and `after_failure` from each task. A task that is on the path already closes a cycle, which is
  // named once, at its first task in the order of declarations.
  void find_cycles(const std::vector<Task>& tasks) {
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (m_states[i] == State::unseen) {
        m_path.clear();
        follow(tasks, i);
      }
  }

  void follow(const std::vector<Task>& tasks, std::size_t i) {
    m_states[i] = State::on_path;
    m_path.push_back(i);
    for (const auto* names : {&tasks[i].after_tasks, &tasks[i].after_failure})
      for (const std::string& name : *names) {
        const auto next = static_cast<std::size_t>(std::ranges::find(m_tasks, name) - m_tasks.begin());
        if (next == m_tasks.size())
          continue;  // declared elsewhere
        if (m_states[next] == State::on_path)
          add_cycle(next);
        else if (m_states[next] == State::unseen)
          follow(tasks, next);
      }
    m_path.pop_back();
    m_states[i] = State::done;
  }

  void add_cycle(std::size_t first) {
    std::string path;
    for (auto at = std::ranges::find(m_path, first); at != m_path.end(); ++at)
      path += m_tasks[*at] + " after ";
    add(m_declared[first].name.place, "tasks run after one another in a cycle: " + path + m_tasks[first],
        "remove one of these names from after or after_failure");
  }

  enum class State { unseen, on_path, done };

  std::vector<TaskDeclaration>& m_declared;
  const Registry* m_registry;
  const OtherNames& m_other;
  std::vector<TaskFault>& m_faults;
  std::vector<std::string> m_tasks;  // names, in the order of declarations
  std::vector<std::string> m_feeds;  // names, and store::k_ledger_feed
  std::map<std::size_t, State> m_states;
  std::vector<std::size_t> m_path;
};

}  // namespace

std::vector<Task> check_tasks(std::vector<TaskDeclaration> declarations, const Registry* registry,
                              const OtherNames& other, std::vector<TaskFault>& faults) {
  return Check{declarations, registry, other, faults}.complete();
}

}  // namespace longshore::tasks
