#include "tasks/declared.hpp"

#include "base/error.hpp"
#include "store/changes.hpp"
#include "store/user_script.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace longshore::tasks {
namespace {

store::TaskSource source_of(const std::string& name, const Registry& registry) {
  if (name == store::k_ledger_feed)
    return {name, name};
  const Feed* const feed = registry.find(name);
  if (!feed)
    throw Error{Fault::fatal, "a task names the feed \"" + name + "\", which is not declared"}.exits(Exit::config);
  return {name, feed->table};
}

// Returns the fault of what the user wrote. Throws any other.
std::optional<Error> set_up(store::Session& session, const Task& task) try {
  session.begin();
  store::run_user_script(session, task.setup.of(session.engine()), 0);
  session.commit();
  return {};
} catch (const Error& error) {
  session.rollback();
  if (!session.is_open() || error.fault() == Fault::contention || error.fault() == Fault::unavailable)
    throw;
  return Error{Fault::fatal, task.origin + ": the setup of task \"" + task.name + "\" failed: " + error.what()}
      .with_hint("it runs whenever the declaration is new or changed: create table if not exists …")
      .exits(Exit::config);
}

}  // namespace

store::TaskKeys keys_of(const Task& task, const Registry& registry) {
  store::TaskKeys keys{task.name, task.touched, {}};
  keys.sources.reserve(task.after_feeds.size());
  for (const std::string& feed : task.after_feeds)
    keys.sources.push_back(source_of(feed, registry));
  return keys;
}

std::vector<store::DeclaredTask> declared_tasks(std::span<const Task> tasks, const Registry& registry) {
  std::vector<store::DeclaredTask> declared;
  declared.reserve(tasks.size());
  for (const Task& task : tasks) {
    std::vector<std::string> after = task.after_feeds;
    after.insert(after.end(), task.after_tasks.begin(), task.after_tasks.end());
    declared.push_back({keys_of(task, registry), task.is_program() ? "program" : "sql", task.declaration,
                        std::move(after), task.after_failure, task.origin});
  }
  return declared;
}

DeclaredNow declare(store::Session& session, const store::Target& task_target, std::span<const Task> tasks,
                    const Registry& registry, const std::string& declared_by) {
  DeclaredNow now;
  auto declared = declared_tasks(tasks, registry);
  const std::vector<std::string> missing = store::undeclared_tasks(session, declared);
  if (missing.empty())
    return now;
  const auto setups = store::open(task_target, store::Access::read_write, "longshore/setup");
  for (const Task& task : tasks) {
    if (std::ranges::find(missing, task.name) == missing.end() || task.setup.of(session.engine()).empty())
      continue;
    if (auto fault = set_up(*setups, task)) {
      now.faults.push_back(*std::move(fault));
      std::erase_if(declared, [&](const store::DeclaredTask& other) { return other.keys.task == task.name; });
    }
  }
  now.changes = store::declare_tasks(session, declared, declared_by);
  return now;
}

}  // namespace longshore::tasks
