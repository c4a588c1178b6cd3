#include "tasks/task_list.hpp"

#include "base/text.hpp"
#include "base/toml.hpp"
#include "config/setting.hpp"
#include "config/suggestion.hpp"
#include "embedded.hpp"
#include "tasks/task_check.hpp"
#include "tasks/task_toml.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace longshore::tasks {
namespace {

constexpr std::string_view k_toml = ".toml";

std::optional<std::string> read_embedded(const std::string& name) {
  const auto files = embedded_tasks();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  return found == files.end() ? std::nullopt : std::optional{std::string{found->text}};
}

std::vector<std::string> declarations_in(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code fault;
  const std::filesystem::directory_iterator entries{directory, fault};
  const bool may_be_missing = directory == config::Config{}.tasks;
  if (fault && !(may_be_missing && fault == std::errc::no_such_file_or_directory))
    throw Error(Fault::fatal, "cannot list the tasks directory \"" + directory + "\": " + fault.message())
        .with_hint("--tasks names a directory of *.toml declarations")
        .exits(Exit::config);
  for (const auto& entry : entries)
    if (entry.path().extension() == k_toml && !entry.path().filename().string().starts_with('.'))
      paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

class TaskList {
 public:
  explicit TaskList(const config::Config& config) : m_config(config) {}

  std::vector<Task> load(const Registry* registry) {
    for (const std::string& name : config::names_in(m_config.enable_tasks))
      add_shipped(name);
    for (const std::string& path : declarations_in(m_config.tasks))
      add_file(path);
    return check_tasks(std::move(m_declared), registry, other(), m_faults);
  }

  std::vector<TaskFault>& faults() { return m_faults; }

 private:
  void add_shipped(const std::string& name) {
    const auto text = read_embedded(name + std::string{k_toml});
    if (!text) {
      const std::vector<std::string> names = shipped_tasks();
      const std::vector<std::string_view> known{names.begin(), names.end()};
      std::string all;
      for (const std::string& shipped : names)
        all += (all.empty() ? "" : ", ") + shipped;
      m_faults.push_back({"enable_tasks", "unknown task \"" + escape_clipped(name, 100) + "\"",
                          config::did_you_mean(name, known, "the shipped tasks are: " + all)});
      return;
    }
    if (std::ranges::any_of(m_declared, [&](const auto& other) { return other.name.name == name; }))
      return;  // named twice
    auto declared = read_declaration(*text, {name + std::string{k_toml}, "", read_embedded}, m_faults);
    if (!declared)
      return;
    declared->task.origin = k_built_in;
    m_declared.push_back(*std::move(declared));
  }

  void add_file(const std::string& path) {
    std::string text;
    try {
      text = read_toml_file(path);
    } catch (const Error& error) {  // the text begins with the path
      const std::string place = escape(path);
      m_faults.push_back({place, std::string{error.what()}.substr(place.size() + 2), error.hint()});
      return;
    }
    const std::string directory = std::filesystem::path{path}.parent_path();
    if (auto declared = read_declaration(text, source_in(directory, path), m_faults))
      put(*std::move(declared));
  }

  void put(TaskDeclaration declared) {
    const auto other =
        std::ranges::find_if(m_declared, [&](const auto& task) { return task.name.name == declared.name.name; });
    if (other == m_declared.end()) {
      m_declared.push_back(std::move(declared));
    } else if (other->task.origin == k_built_in) {
      *other = std::move(declared);
    } else {
      m_faults.push_back({declared.name.place,
                          "task \"" + declared.name.name + "\" is also declared in " + other->name.place,
                          "rename one of them, or remove the older file"});
    }
  }

  OtherNames other() const { return {{}, config::names_in(m_config.disable_feeds), shipped_tasks()}; }

  const config::Config& m_config;
  std::vector<TaskDeclaration> m_declared;
  std::vector<TaskFault> m_faults;
};

}  // namespace

std::vector<Task> load_tasks(const config::Config& config, const Registry& registry) {
  TaskList list{config};
  std::vector<Task> tasks = list.load(&registry);
  if (!list.faults().empty())
    throw TaskFaultsError(std::move(list.faults()));
  return tasks;
}

std::vector<TaskFault> find_task_faults(const config::Config& config, const Registry* registry) {
  TaskList list{config};
  try {
    list.load(registry);
  } catch (const Error& error) {
    list.faults().push_back({"tasks", error.what(), error.hint()});
  }
  return std::move(list.faults());
}

Task parse_task(std::string_view toml, const std::string& origin, const std::string& directory,
                const Registry& registry) {
  std::vector<TaskFault> faults;
  std::vector<TaskDeclaration> declared;
  if (auto task = read_declaration(toml, source_in(directory, origin), faults))
    declared.push_back(*std::move(task));
  OtherNames other;
  for (const TaskDeclaration& task : declared)
    for (const auto* names : {&task.after, &task.after_failure})
      for (const NameAt& name : *names)
        if (name.name != store::k_ledger_feed && !registry.find(name.name))
          other.tasks.push_back(name.name);
  auto tasks = check_tasks(std::move(declared), &registry, other, faults);
  if (!faults.empty())
    throw TaskFaultsError(std::move(faults));
  return std::move(tasks.front());
}

std::vector<std::string> shipped_tasks() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_tasks())
    if (file.name.ends_with(k_toml))
      names.emplace_back(file.name.substr(0, file.name.size() - k_toml.size()));
  return names;
}

}  // namespace longshore::tasks
