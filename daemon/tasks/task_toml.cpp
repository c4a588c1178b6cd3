#include "tasks/task_toml.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "base/units.hpp"
#include "config/suggestion.hpp"
#include "feed/reserved_names.hpp"
#include "feed/toml_values.hpp"
#include "tasks/reserved_names.hpp"
#include "tasks/task_work.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

namespace longshore::tasks {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_second{1000};
constexpr milliseconds k_hour = 3600 * k_second;
constexpr milliseconds k_day = 24 * k_hour;
constexpr std::int64_t k_most_retries = 100;

constexpr std::array<std::string_view, 14> k_keys = {"name",     "after", "after_failure", "touched",    "sql",
                                                     "file",     "run",   "setup",         "setup_file", "settle",
                                                     "max_wait", "every", "timeout",       "retries"};
constexpr std::array<std::string_view, 3> k_touched_keys = {"name", "from", "truncate"};
constexpr std::string_view k_touched_hint =
    R"(touched = [{ name = "hour", from = "detection_time", truncate = "hour" }])";
constexpr std::string_view k_work_hint =
    "a task has one of sql = [\"…\"], file = \"hourly.sql\" and run = \"/path/of/program\"";

struct TimeOption {
  std::string_view key;
  milliseconds least;
  milliseconds most;
  std::string_view example;
  void (*set)(Task& task, milliseconds value);
};

constexpr std::array<TimeOption, 4> k_times = {{
    {"settle", milliseconds{0}, k_hour, "2s", [](Task& task, milliseconds value) { task.settle = value; }},
    {"max_wait", milliseconds{0}, k_day, "1m", [](Task& task, milliseconds value) { task.max_wait = value; }},
    {"every", k_second, 366 * k_day, "1d", [](Task& task, milliseconds value) { task.every = value; }},
    {"timeout", k_second, 30 * k_day, "1h", [](Task& task, milliseconds value) { task.timeout = value; }},
}};

class DeclarationReader {
 public:
  DeclarationReader(const toml::table& root, const DeclarationSource& source, std::vector<TaskFault>& faults)
      : m_root(root), m_source(source), m_faults(faults) {}

  std::optional<TaskDeclaration> read() {
    attempt([&] { read_name(); });
    check_keys(m_root, k_keys);
    read_names("after", m_declared.after);
    read_names("after_failure", m_declared.after_failure);
    if (const toml::node* touched = m_root.get("touched"))
      attempt([&] { read_touched(*touched); });
    read_work();
    read_setup();
    for (const TimeOption& option : k_times)
      attempt([&] { read_time(option); });
    attempt([&] { check_waits(); });
    attempt([&] { read_retries(); });
    take_faults();
    m_declared.task.origin = m_source.origin;
    m_declared.task.name = m_declared.name.name;
    return m_declared.name.name.empty() ? std::nullopt : std::optional{std::move(m_declared)};
  }

 private:
  template <class Read>
  void attempt(Read read) {
    try {
      read();
    } catch (const DeclarationFault& fault) {
      add(fault);
    }
  }

  void add(DeclarationFault fault) { m_found.push_back(std::move(fault)); }

  // In the order of their lines.
  void take_faults() {
    std::ranges::stable_sort(m_found, {}, [](const DeclarationFault& fault) { return fault.where.begin.line; });
    for (const DeclarationFault& fault : m_found)
      m_faults.push_back({place_of(fault.where), fault.what, fault.hint});
  }

  std::string place_of(const toml::source_region& where) const { return toml_place(m_source.origin, where); }

  void read_name() {
    const toml::node& node = need(m_root, "name", "a task has a name, and one of sql, file and run");
    const std::string name = read_identifier(node, "name");
    m_declared.name = {name, place_of(node.source())};
    if (is_reserved_task(name))
      throw DeclarationFault{node.source(), "task \"" + name + "\": the name is reserved", "choose another name"};
  }

  // Each unknown key is a fault.
  void check_keys(const toml::table& table, std::span<const std::string_view> known) {
    for (const auto& [key, value] : table)
      if (std::ranges::find(known, key.str()) == known.end()) {
        std::string hint = "valid keys:";
        for (const std::string_view word : known)
          (hint += ' ') += word;
        add({key.source(), "unknown key \"" + shown(key.str()) + "\"", config::did_you_mean(key.str(), known, hint)});
      }
  }

  void add_name(const toml::node& node, const std::string& key, std::vector<NameAt>& names) {
    const std::string name = read_string(node, "an element of " + key);
    if (std::ranges::find(names, name, &NameAt::name) != names.end())
      throw DeclarationFault{node.source(), key + " names \"" + shown(name) + "\" twice", "name it once"};
    names.push_back({name, place_of(node.source())});
  }

  void read_names(const std::string& key, std::vector<NameAt>& names) {
    const toml::node* node = m_root.get(key);
    if (!node)
      return;
    if (const toml::array* list = node->as_array())
      for (const toml::node& element : *list)
        attempt([&] { add_name(element, key, names); });
    else
      attempt([&] { add_name(*node, key, names); });
  }

  void read_touched(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (!list || list->empty())
      throw DeclarationFault{node.source(), "touched is not a list of keys", std::string{k_touched_hint}};
    for (const toml::node& element : *list)
      attempt([&] { read_key(element); });
  }

  void read_key(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (!table)
      throw DeclarationFault{node.source(), "an element of touched is not a table", std::string{k_touched_hint}};
    check_keys(*table, k_touched_keys);
    KeyAt key{{}, place_of(node.source())};
    key.key.from = read_string(need(*table, "from", k_touched_hint), "from");
    const toml::node* name = table->get("name");
    key.key.name = name ? read_identifier(*name, "name") : key.key.from;
    if (const toml::node* truncate = table->get("truncate"))
      key.key.truncate = read_truncate(*truncate);
    if (is_reserved_key(key.key.name))
      throw DeclarationFault{node.source(), "the name \"" + shown(key.key.name) + "\" of a key is reserved",
                             "choose another name"};
    for (const KeyAt& other : m_declared.touched)
      if (other.key.name == key.key.name)
        throw DeclarationFault{node.source(), "two keys have the name \"" + shown(key.key.name) + "\"",
                               "give each key another name"};
    m_declared.touched.push_back(std::move(key));
  }

  static std::string read_truncate(const toml::node& node) {
    static constexpr std::array<std::string_view, 5> k_words = {"minute", "hour", "day", "month", "year"};
    std::string word = read_string(node, "truncate");
    if (std::ranges::find(k_words, word) == k_words.end())
      throw DeclarationFault{node.source(), "truncate \"" + shown(word) + "\" is not a part of a time",
                             "minute, hour, day, month or year"};
    return word;
  }

  void read_work() {
    const toml::node* const sql = m_root.get("sql");
    const toml::node* const file = m_root.get("file");
    const toml::node* const run = m_root.get("run");
    Task& task = m_declared.task;
    attempt([&] { check_one({sql, file, run}, "sql, file and run"); });
    if (!sql && !file && !run)
      add({m_root.source(), "the task does nothing: sql, file and run are missing", std::string{k_work_hint}});
    if (sql)
      attempt([&] { task.sql = read_statements(*sql, "sql"); });
    if (file)
      attempt([&] { task.sql = read_script_file(*file, "file", m_source); });
    if (run)
      attempt([&] { task.program = read_program(*run, m_source); });
  }

  void read_setup() {
    const toml::node* const setup = m_root.get("setup");
    const toml::node* const file = m_root.get("setup_file");
    attempt([&] { check_one({setup, file}, "setup and setup_file"); });
    if (setup)
      attempt([&] { m_declared.task.setup = read_statements(*setup, "setup"); });
    else if (file)
      attempt([&] { m_declared.task.setup = read_script_file(*file, "setup_file", m_source); });
  }

  static void check_one(std::initializer_list<const toml::node*> nodes, const std::string& words) {
    const toml::node* first = nullptr;
    for (const toml::node* node : nodes) {
      if (node && first)
        throw DeclarationFault{node->source(), "more than one of " + words, "remove all but one"};
      first = node ? node : first;
    }
  }

  void read_time(const TimeOption& option) {
    const toml::node* node = m_root.get(option.key);
    if (!node)
      return;
    const std::string key{option.key};
    const std::string text = read_string(*node, key);
    const auto value = parse_duration(text);
    if (!value || *value < option.least || *value > option.most)
      throw DeclarationFault{node->source(),
                             key + " \"" + shown(text) + "\" is not a time from " + format_duration(option.least) +
                                 " to " + format_duration(option.most),
                             "for example " + key + " = \"" + std::string{option.example} + "\""};
    option.set(m_declared.task, *value);
  }

  // A longer settle raises the default of max_wait.
  void check_waits() {
    Task& task = m_declared.task;
    const toml::node* max_wait = m_root.get("max_wait");
    if (!max_wait)
      task.max_wait = std::max(task.max_wait, task.settle);
    else if (task.max_wait < task.settle)
      throw DeclarationFault{max_wait->source(),
                             "max_wait " + format_duration(task.max_wait) + " is shorter than settle " +
                                 format_duration(task.settle),
                             "raise max_wait, or lower settle"};
  }

  void read_retries() {
    const toml::node* node = m_root.get("retries");
    if (!node)
      return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > k_most_retries)
      throw DeclarationFault{node->source(),
                             "retries is not a whole number from 0 to " + std::to_string(k_most_retries),
                             "for example retries = 3"};
    m_declared.task.retries = static_cast<unsigned>(*value);
  }

  const toml::table& m_root;
  const DeclarationSource& m_source;
  std::vector<TaskFault>& m_faults;
  std::vector<DeclarationFault> m_found;
  TaskDeclaration m_declared;
};

}  // namespace

DeclarationSource source_in(const std::string& directory, const std::string& origin) {
  const auto read = [directory](const std::string& name) -> std::optional<std::string> {
    const std::string path = (std::filesystem::path{directory} / name).lexically_normal();
    std::error_code unknown;
    if (std::filesystem::status(path, unknown).type() == std::filesystem::file_type::not_found)
      return {};
    return read_toml_file(path);
  };
  return {origin, directory, read};
}

std::optional<TaskDeclaration> read_declaration(std::string_view toml, const DeclarationSource& source,
                                                std::vector<TaskFault>& faults) {
  try {
    const toml::table root = parse_toml(toml, source.origin);
    return DeclarationReader{root, source, faults}.read();
  } catch (const Error& error) {  // not TOML: the text begins with the place
    const std::string text = error.what();
    const std::size_t place = text.find(": ", escape(source.origin).size());
    faults.push_back({text.substr(0, place), text.substr(place + 2), error.hint()});
    return {};
  }
}

}  // namespace longshore::tasks
