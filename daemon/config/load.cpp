#include "config/load.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/listen_address.hpp"
#include "base/text.hpp"
#include "config/suggestion.hpp"
#include "config/toml_file.hpp"
#include "config/webhook_url.hpp"
#include "store/postgres/conninfo.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace longshore::config {
namespace {

namespace fs = std::filesystem;

std::string better_place(std::string_view key) {
  return "; use a file named by PGPASSFILE, or " + std::string{key} + " = \"credential:NAME\"";
}
constexpr const char* k_better_webhook = "; use notify_webhook = \"credential:NAME\"";
constexpr std::string_view k_credential = "credential:";

bool is_secret_url(const std::string& webhook) { return webhook != "off" && !webhook.starts_with(k_credential); }

class SettingLayers {
 public:
  explicit SettingLayers(const Sources& sources) : m_sources(sources) {}

  Loaded load() {
    read_files();
    read_environment();
    read_flags();
    prefer_database();
    read_credential("database");
    read_credential("task_database");
    read_credential("notify_webhook");
    check_database();
    check_task_database();
    check_webhook();
    check_command();
    derive();
    check_together();
    return finish();
  }

 private:
  struct Origin {
    std::string text = "default";
    std::string place;  // how an error message begins
    Exit exit = Exit::config;
  };

  void put(const Setting& setting, std::string_view value, const std::string& base, Origin origin) {
    if (const auto refusal = assign(m_loaded.config, setting, value, base))
      throw refuse(origin, refusal->what, refusal->hint);
    m_origins[setting.key] = std::move(origin);
  }

  static Error refuse(const Origin& origin, const std::string& what, const std::string& hint) {
    return settings_error(origin.place, what, hint).exits(origin.exit);
  }

  void read_file(const std::string& path) {
    // a relative path in a file starts at the directory of the file
    const std::string base = fs::absolute(path).parent_path();
    for (const FileValue& value : read_settings_file(path)) {
      const std::string key{value.setting->key};
      if (value.setting->kind == Kind::database && store::postgres::has_password(value.text) &&
          (mode_of(path) & S_IROTH) != 0)
        throw settings_error(value.place, key + " contains a password, and every user may read this file",
                             "chmod o-r " + escape(path) + better_place(key));
      if (key == "notify_webhook" && is_secret_url(value.text) && (mode_of(path) & S_IROTH) != 0)
        m_loaded.warnings.push_back(value.place + ": notify_webhook is a secret, and every user may read this file" +
                                    k_better_webhook);
      put(*value.setting, value.text, base, {value.place, value.place + ": " + key, Exit::config});
    }
    m_loaded.files.push_back(path);
  }

  static mode_t mode_of(const std::string& path) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 ? st.st_mode : 0;
  }

  void read_files() {
    std::error_code fault;
    if (m_sources.file_is_named || fs::exists(m_sources.file, fault) || fault)
      read_file(m_sources.file);
    for (const std::string& path : further_files(fs::absolute(m_sources.file).parent_path() / "conf.d"))
      read_file(path);
  }

  static std::vector<std::string> further_files(const fs::path& directory) {
    std::vector<std::string> paths;
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator{directory, fault})
      if (entry.path().extension() == ".toml" && !entry.path().filename().string().starts_with('.'))
        paths.push_back(entry.path());
    if (fault && fault != std::errc::no_such_file_or_directory)
      throw settings_error(escape(directory.string()), "cannot be read: " + fault.message(),
                           "check that this user may read it");
    std::ranges::sort(paths);
    return paths;
  }

  // Relative paths of the environment and of flags start here. Read once: at a reload the directory may not exist any
  // more.
  static const std::string& start_directory() {
    static const std::string directory = [] {
      std::error_code gone;
      return fs::current_path(gone).string();
    }();
    return directory;
  }

  void read_environment() {
    for (const Setting& setting : settings()) {
      const std::string name = environment_of(setting);
      const auto value = setting.is_of_one_run() ? std::nullopt : m_sources.environment(name);
      if (value && !value->empty())
        put(setting, *value, start_directory(), {"environment " + name, name, Exit::config});
    }
  }

  void read_flags() {
    for (const auto& [key, value] : m_sources.flags) {
      const Setting& setting = *find_setting(key);
      put(setting, value, start_directory(), {"flag " + flag_of(setting), flag_of(setting), Exit::usage});
    }
  }

  // A command with --database means this database only: what a settings file says of another one's tasks is no fault.
  void prefer_database() {
    const auto rank = [&](std::string_view key) {
      const std::string text = origin(key).text;
      return text.starts_with("flag ") ? 2 : text.starts_with("environment ") ? 1 : 0;
    };
    if (!is_given("task_database") || rank("database") <= rank("task_database"))
      return;
    m_loaded.config.task_database.clear();
    m_origins.erase("task_database");
  }

  // Replaces "credential:NAME" by the secret in a file that systemd passes only to this service (LoadCredential=). So
  // the secret is in no settings file, environment variable or process list.
  void read_credential(std::string_view key) {
    const std::string value = text_of(m_loaded.config, *find_setting(key));
    if (!value.starts_with(k_credential))
      return;
    const std::string name = value.substr(k_credential.size());
    const std::string what = "credential \"" + escape_clipped(name, 256) + "\"";
    const auto directory = m_sources.environment("CREDENTIALS_DIRECTORY");
    if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos)
      throw refuse(origin(key), what + " is not a file name", "for example credential:" + std::string{key});
    if (!directory || directory->empty())
      throw refuse(origin(key), what + ": CREDENTIALS_DIRECTORY is not set in the environment",
                   "in the unit of the service: LoadCredential=" + escape(name) + ":/etc/longshore/" + escape(name));
    std::error_code fault;
    std::string text = read_whole(*directory + "/" + name, fault);
    if (fault)
      throw refuse(origin(key), what + " cannot be read: " + fault.message(),
                   "check that " + escape(*directory) + " contains this file");
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    Origin from = origin(key);
    from.text += ", credential " + escape(name);
    from.place += ": " + what;
    put(*find_setting(key), text, *directory, std::move(from));
  }

  bool is_given(std::string_view key) const { return m_origins.contains(key); }
  Origin origin(std::string_view key) const { return is_given(key) ? m_origins.at(key) : Origin{}; }

  // The message does not repeat the value: it may contain a password.
  store::Target parse_target(std::string_view key) {
    store::Target target;
    try {
      target = store::Target::parse(text_of(m_loaded.config, *find_setting(key)));
    } catch (const Error& error) {
      throw refuse(origin(key), error.what(), error.hint());
    }
    const Setting& setting = *find_setting(key);
    const bool is_flag = origin(key).text == "flag " + flag_of(setting);
    if (is_flag && target.engine == store::Engine::postgres && store::postgres::has_password(target.location))
      m_loaded.warnings.push_back(
          flag_of(setting) + " contains a password, and every user of this machine can read it in the process list" +
          better_place(key));
    return target;
  }

  void check_database() {
    m_target = parse_target("database");
    if (m_target.engine == store::Engine::sqlite && m_loaded.config.schema != "off")
      throw refuse(origin("schema"), "an SQLite database has no schemas",
                   "leave `schema` out, or set `database` to a PostgreSQL database");
  }

  // Whether it is the same PostgreSQL database shows when it is open. Two SQLite files are never one database.
  void check_task_database() {
    if (!is_given("task_database")) {
      m_loaded.config.task_database = m_loaded.config.database;
      m_task_target = m_target;
      return;
    }
    m_task_target = parse_target("task_database");
    const bool is_other_file = m_target.engine == store::Engine::sqlite && m_task_target.location != m_target.location;
    if (m_task_target.engine != m_target.engine || is_other_file)
      throw refuse(origin("task_database"), "is another database than `database`, whose tables the tasks use",
                   "name the same database, with another role if it is PostgreSQL; or leave task_database out");
  }

  // This message does not repeat the value either.
  void check_webhook() {
    const std::string& url = m_loaded.config.notify_webhook;
    if (const std::string fault = webhook_fault(url); url != "off" && !fault.empty())
      throw refuse(origin("notify_webhook"), "invalid webhook URL: " + fault,
                   "for example https://hooks.example.org/longshore");
    if (is_secret_url(url) && origin("notify_webhook").text == "flag --notify-webhook")
      m_loaded.warnings.push_back(
          std::string{"--notify-webhook is a secret, and every user of this machine can read it in the process list"} +
          k_better_webhook);
  }

  // Only a warning: the program may be installed later, and a command may run with other rights than the daemon.
  void check_command() {
    const std::string& program = m_loaded.config.notify_command;
    if (program != "off" && ::access(program.c_str(), X_OK) != 0)
      m_loaded.warnings.push_back("cannot run notify_command: " + escape(program) + ": " + std::strerror(errno));
  }

  void derive() {
    Config& config = m_loaded.config;
    const fs::path landing{config.landing};
    if (!is_given("processed"))
      config.processed = landing.parent_path() / "processed";
    if (!is_given("failed"))
      config.failed = landing.parent_path() / "failed";
    if (!is_given("work"))
      config.work = landing / ".work";
    if (!is_given("instance"))
      config.instance = instance_of_host();
    if (m_target.engine == store::Engine::sqlite)
      config.loaders = 1;
    else if (!is_given("loaders"))
      config.loaders = std::clamp(std::thread::hardware_concurrency(), 2U, 256U);
  }

  // The instance becomes the name of a directory.
  static std::string instance_of_host() {
    std::string name = host_name();
    if (name.empty() || name[0] == '.')
      return "localhost";
    std::ranges::replace(name, '/', '_');
    return name;
  }

  void check_together() const {
    static constexpr std::array<std::string_view, 4> k_places = {"landing", "processed", "failed", "work"};
    const Config& config = m_loaded.config;
    const auto path = [&](std::string_view key) { return text_of(config, *find_setting(key)); };
    for (std::size_t b = 1; b < k_places.size(); ++b)
      for (std::size_t a = 0; a < b; ++a)
        if (path(k_places[a]) == path(k_places[b]))
          throw refuse(blame(k_places[b], k_places[a]),
                       std::string{k_places[a]} + " and " + std::string{k_places[b]} +
                           " are the same directory: " + escape(path(k_places[a])),
                       "use four different directories: the directory of a file is its state");
    if (config.retry_first > config.retry_last)
      throw refuse(blame("retry_first", "retry_last"),
                   "retry_first " + path("retry_first") + " is longer than retry_last " + path("retry_last"),
                   "raise retry_last, or lower retry_first");
  }

  // Returns where to report a conflict of two settings: `key` if it was set, else `other`.
  Origin blame(std::string_view key, std::string_view other) const {
    return is_given(key) ? origin(key) : origin(other);
  }

  Loaded finish() {
    for (const Setting& setting : settings()) {
      if (setting.is_of_one_run())
        continue;
      Effective effective{&setting, text_of(m_loaded.config, setting), origin(setting.key).text};
      if (setting.kind == Kind::database)
        effective.value = (setting.key == "database" ? m_target : m_task_target).redacted();
      if (setting.key == "notify_webhook" && effective.value != "off")
        effective.value = redacted_webhook(effective.value);
      if (setting.key == "loaders" && m_target.engine == store::Engine::sqlite)
        effective.origin =
            is_given("loaders") ? "SQLite has one writer, overrides " + effective.origin : "SQLite has one writer";
      m_loaded.effective.push_back(std::move(effective));
    }
    return std::move(m_loaded);
  }

  const Sources& m_sources;
  Loaded m_loaded;
  std::map<std::string_view, Origin> m_origins;
  store::Target m_target;
  store::Target m_task_target;
};

constexpr std::string_view k_prefix = "LONGSHORE_";

// True for a variable that Kubernetes sets for a service (LONGSHORE_SERVICE_HOST, LONGSHORE_PORT_9464_TCP_ADDR; for the
// service longshore-db LONGSHORE_DB_SERVICE_PORT), or that longshore sets for a notify_command or for the program of a
// task.
bool is_for_others(std::string_view word) {
  const std::string all = "_" + std::string{word} + "_";
  return word.starts_with("NOTICE_") || word == "TASK" || word == "TASK_RUN" || word == "TASK_PARENT" ||
         all.ends_with("_SERVICE_HOST_") || all.find("_PORT_") != std::string::npos;
}

}  // namespace

Sources process_sources(const std::optional<std::string>& config_flag,
                        std::map<std::string, std::string, std::less<>> flags) {
  Sources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
  };
  const auto named = config_flag ? config_flag : sources.environment("LONGSHORE_CONFIG");
  if (named && (config_flag || !named->empty())) {
    sources.file = *named;
    sources.file_is_named = true;
  }
  sources.flags = std::move(flags);
  return sources;
}

std::vector<std::string> unknown_environment() {
  std::vector<std::string> names{"CONFIG"};
  for (const Setting& setting : settings())
    if (!setting.is_of_one_run())
      names.push_back(environment_of(setting).substr(k_prefix.size()));
  const std::vector<std::string_view> known{names.begin(), names.end()};

  std::vector<std::string> notes;
  for (char** variable = environ; *variable; ++variable) {
    std::string_view name{*variable};
    name = name.substr(0, name.find('='));
    if (!name.starts_with(k_prefix))
      continue;
    const std::string_view word = name.substr(k_prefix.size());
    if (std::ranges::count(names, word) > 0 || is_for_others(word))
      continue;
    std::string note = "unknown setting in the environment: " + escape(name);
    if (const std::string_view meant = nearest(word, known); !meant.empty())
      note.append("; did you mean ").append(k_prefix).append(meant);
    notes.push_back(std::move(note));
  }
  return notes;
}

Loaded load(const Sources& sources) { return SettingLayers{sources}.load(); }

}  // namespace longshore::config
