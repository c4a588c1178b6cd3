// The list of settings. The ranges exclude likely mistakes and harmful values. Examples: a wrong unit, a busy loop,
// more memory than the 32-bit offsets of a window can address.
#include "base/listen_address.hpp"
#include "base/text.hpp"
#include "config/setting.hpp"

#include <algorithm>

namespace longshore::config {
namespace {

constexpr std::uint64_t k_second = 1000;
constexpr std::uint64_t k_hour = 3600 * k_second;
constexpr std::uint64_t k_day = 24 * k_hour;
constexpr std::uint64_t k_year = 365 * k_day;
constexpr std::uint64_t k_kib = 1 << 10;
constexpr std::uint64_t k_gib = 1 << 30;
constexpr std::uint64_t k_pib = k_gib << 20;

std::string quoted(std::string_view text) { return '"' + escape_clipped(text, 256) + '"'; }

// The instance becomes the name of a directory.
std::optional<Refusal> check_instance(std::string_view text) {
  if (text.find('/') == std::string_view::npos && text[0] != '.' && text.size() <= 200)
    return {};
  return Refusal{quoted(text) + " cannot name a directory", "at most 200 bytes, no slash, no leading dot"};
}

std::optional<Refusal> check_listen(std::string_view text) {
  if (ListenAddress::parse(text))
    return {};
  return Refusal{quoted(text) + " is not an address to listen on",
                 "for example 127.0.0.1:9464, [::1]:9464, :9464 for all addresses, or off"};
}

// PostgreSQL would cut a longer name, reserves pg_…, and replaces "$user" in a search_path by the role's name.
std::optional<Refusal> check_schema(std::string_view text) {
  if (text.size() <= 63 && !text.starts_with("pg_") && text != "information_schema" && text != "$user")
    return {};
  return Refusal{quoted(text) + " cannot be longshore's schema",
                 "at most 63 bytes, not pg_…, information_schema or $user: for example longshore"};
}

bool is_plain_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// Whether a task of this name is shipped is checked when tasks are loaded.
std::optional<Refusal> check_task_name(std::string_view text) {
  if (is_plain_name(text))
    return {};
  return Refusal{quoted(text) + " is not the name of a task", "for example detections_hourly,vehicle_daily"};
}

// Whether a feed of this name exists is checked when feeds are loaded.
std::optional<Refusal> check_feed_name(std::string_view text) {
  if (is_plain_name(text))
    return {};
  return Refusal{quoted(text) + " is not the name of a feed", "for example objects_detection,vehicles_status"};
}

// No path below landing begins or ends with a slash, so nothing would be ignored.
std::optional<Refusal> check_ignored(std::string_view text) {
  if (!text.starts_with('/') && !text.ends_with('/'))
    return {};
  return Refusal{quoted(text) + " begins or ends with a slash",
                 "give a name, *.md5, or a path below the landing directory, tests/*"};
}

// "30m" for 30 months would remove almost everything.
std::optional<Refusal> check_age(std::string_view text) {
  if (!text.ends_with('m'))
    return {};
  return Refusal{quoted(text) + " means minutes", "give days, hours or seconds: 30d, 12h, 1800s"};
}

// node_exporter reads only *.prom.
std::optional<Refusal> check_textfile(std::string_view text) {
  if (text.ends_with(".prom") && !text.ends_with("/.prom"))
    return {};
  return Refusal{quoted(text) + " is not the name of a textfile",
                 "node_exporter reads *.prom: for example /var/lib/prometheus/node-exporter/longshore.prom, or off"};
}

// clang-format off
constexpr Setting k_settings[] = {
    // key, kind, member, least, most, words, argument, check, takes effect, how the default is derived, text
    {"landing", Kind::path, &Config::landing, 0, 0, "", "DIR", nullptr, TakesEffect::on_restart, "", "directory where new files arrive"},
    {"processed", Kind::path, &Config::processed, 0, 0, "", "DIR", nullptr, TakesEffect::on_restart, "processed beside landing", "directory for loaded files, by day"},
    {"failed", Kind::path, &Config::failed, 0, 0, "", "DIR", nullptr, TakesEffect::on_restart, "failed beside landing", "directory for files that could not be loaded, each with its reason"},
    {"work", Kind::path, &Config::work, 0, 0, "", "DIR", nullptr, TakesEffect::on_restart, ".work in landing", "directory for claimed files, on the same mount as landing"},
    {"database", Kind::database, &Config::database, 0, 0, "", "URL", nullptr, TakesEffect::on_restart, "", "sqlite:PATH, postgresql://USER@HOST/DATABASE, \"host=… dbname=…\", or credential:NAME"},
    {"schema", Kind::text, &Config::schema, 0, 0, "off", "NAME", check_schema, TakesEffect::on_restart, "", "PostgreSQL schema of all tables, created if missing; off: the first schema of the role's search_path"},
    {"feeds", Kind::path, &Config::feeds, 0, 0, "", "DIR", nullptr, TakesEffect::on_reload, "", "directory of additional feed declarations (*.toml)"},
    {"disable_feeds", Kind::names, &Config::disable_feeds, 0, 0, "", "NAME", check_feed_name, TakesEffect::on_reload, "", "names of feeds that are not used, built-in ones too: no table, no file of them is loaded"},
    {"tasks", Kind::path, &Config::tasks, 0, 0, "", "DIR", nullptr, TakesEffect::on_reload, "", "directory of task declarations (*.toml): what runs after loads; see docs/tasks.md"},
    {"enable_tasks", Kind::names, &Config::enable_tasks, 0, 0, "", "NAME", check_task_name, TakesEffect::on_reload, "", "names of tasks that come with longshore and are used, such as detections_hourly"},
    {"task_database", Kind::database, &Config::task_database, 0, 0, "", "URL", nullptr, TakesEffect::on_restart, "the value of database", "the same database for the SQL of tasks, with another role, or credential:NAME"},
    {"ignore", Kind::names, &Config::ignore, 0, 0, "", "GLOB", check_ignored, TakesEffect::on_reload, "", "files in landing that are never touched or reported, such as *.md5, besides uploads in progress"},
    {"recursive", Kind::yes, &Config::recursive, 0, 0, "", "", nullptr, TakesEffect::on_reload, "", "also load the files in the directories of landing; the name of a file is its path below landing"},
    {"instance", Kind::text, &Config::instance, 0, 0, "", "NAME", check_instance, TakesEffect::on_restart, "the host's name", "name of this daemon; a free number is appended"},
    {"migrate", Kind::word, &Config::migrate, 0, 0, "auto check", "", nullptr, TakesEffect::on_reload, "", "create and extend tables at start, or only check them"},
    {"log_level", Kind::word, &Config::log_level, 0, 0, "error warn info debug trace off", "", nullptr, TakesEffect::on_reload, "", "how much is logged"},
    {"loaders", Kind::count, &Config::loaders, 1, 256, "", "", nullptr, TakesEffect::on_reload, "number of CPU cores, at least 2", "maximum number of large files loaded at the same time; one more loader takes small files; always 1 with SQLite"},

    {"settle", Kind::duration, &Config::settle, 0, k_hour, "", "", nullptr, TakesEffect::on_reload, "", "how long a file found only by a scan must stay unchanged"},
    {"close_delay", Kind::duration, &Config::close_delay, 0, k_hour, "", "", nullptr, TakesEffect::on_reload, "", "how long to wait after a writer closed its file"},
    {"grace", Kind::duration, &Config::grace, 0, k_day, "", "", nullptr, TakesEffect::on_reload, "", "how long a file that looks incomplete must stay unchanged before it is treated as complete"},
    {"open_grace", Kind::duration, &Config::open_grace, 0, k_day, "", "", nullptr, TakesEffect::on_reload, "", "how long a file that a process has open for writing must stay unchanged before it is loaded nevertheless"},
    {"rescan", Kind::duration, &Config::rescan, 100, k_day, "", "", nullptr, TakesEffect::on_reload, "", "time between two complete scans of landing"},

    {"batch_files", Kind::count, &Config::batch_files, 1, 65536, "", "", nullptr, TakesEffect::on_reload, "", "maximum number of small files in one transaction"},
    {"large_file", Kind::size, &Config::large_file, 1, k_pib, "", "", nullptr, TakesEffect::on_reload, "", "a file of this size or more is loaded alone, as a stream"},
    {"window_bytes", Kind::size, &Config::window_bytes, k_kib, k_gib, "", "", nullptr, TakesEffect::on_reload, "", "memory of each loader for rows that are not sent yet"},

    {"max_depth", Kind::count, &Config::max_depth, 2, 1000, "", "", nullptr, TakesEffect::on_reload, "", "maximum nesting depth of a document"},
    {"max_record_bytes", Kind::size, &Config::max_record_bytes, 64, k_gib, "", "", nullptr, TakesEffect::on_reload, "", "maximum size of a record; a longer one is rejected"},
    {"max_document_bytes", Kind::size, &Config::max_document_bytes, 1, k_pib, "", "", nullptr, TakesEffect::on_reload, "", "maximum size of a document after decompression; a file with a longer one fails"},
    {"stored_rejects", Kind::count, &Config::stored_rejects, 0, 10'000'000, "", "", nullptr, TakesEffect::on_reload, "", "maximum number of rejected records stored per file; more are only counted"},

    {"retry_first", Kind::duration, &Config::retry_first, 1, k_hour, "", "", nullptr, TakesEffect::on_reload, "", "first pause after a transient fault; it doubles with each retry"},
    {"retry_last", Kind::duration, &Config::retry_last, 1, k_day, "", "", nullptr, TakesEffect::on_reload, "", "longest pause between retries"},
    {"refusals", Kind::count, &Config::refusals, 1, 1000, "", "", nullptr, TakesEffect::on_reload, "", "how often a healthy database may refuse one file before the file fails"},
    {"stop_timeout", Kind::duration, &Config::stop_timeout, 0, k_hour, "", "", nullptr, TakesEffect::on_reload, "", "how long running loads may take to finish after a stop signal"},

    {"keep_processed", Kind::duration, &Config::keep_processed, k_second, 100 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "loaded files are removed from processed this long after they were loaded; their ledger rows stay"},
    {"keep_failed", Kind::duration, &Config::keep_failed, k_second, 100 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "failed files are removed from failed after this time; their ledger rows stay"},
    {"compress_processed", Kind::duration, &Config::compress_processed, k_second, 100 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "loaded files in processed are compressed (zstd) this long after they were loaded"},
    {"keep_ledger", Kind::duration, &Config::keep_ledger, k_second, 100 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "stored rejects are deleted this long after the load of their file; ledger rows stay"},
    {"keep_task_runs", Kind::duration, &Config::keep_task_runs, k_second, 100 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "the records of task runs are deleted this long after the run ended; the newest of each task stays"},
    {"make_partitions", Kind::duration, &Config::make_partitions, k_hour, 10 * k_year, "off", "", check_age, TakesEffect::on_reload, "", "PostgreSQL: partitions of the feeds' tables are created this long ahead, if there are daily or monthly ones"},

    {"notify_command", Kind::path, &Config::notify_command, 0, 0, "off", "PROGRAM", nullptr, TakesEffect::on_reload, "", "program that receives notices; see docs/notifications.md"},
    {"notify_webhook", Kind::text, &Config::notify_webhook, 0, 0, "off", "URL", nullptr, TakesEffect::on_reload, "", "http or https URL that receives notices, or credential:NAME"},
    {"notify_rejects", Kind::limit, &Config::notify_rejects, 0, 0, "", "", nullptr, TakesEffect::on_reload, "", "a notice is sent for a file with more rejected records, or a larger share of them"},
    {"notify_interval", Kind::duration, &Config::notify_interval, 0, k_day, "", "", nullptr, TakesEffect::on_reload, "", "minimum time between two notices of one kind; a problem that ends sooner causes no notice"},
    {"report", Kind::word, &Config::report, 0, 0, "off daily run", "", nullptr, TakesEffect::on_reload, "", "also report every outcome: each midnight (UTC), or when a run ends"},

    {"metrics_listen", Kind::text, &Config::metrics_listen, 0, 0, "off", "ADDRESS", check_listen, TakesEffect::on_restart, "", "HTTP address for metrics and health, such as 127.0.0.1:9464; \":9464\" listens on all addresses"},
    {"metrics_textfile", Kind::path, &Config::metrics_textfile, 0, 0, "off", "FILE", check_textfile, TakesEffect::on_restart, "", "file of metrics for node_exporter's textfile collector, ending in .prom"},

    {"once", Kind::yes, &Config::once, 0, 0, "", "", nullptr, TakesEffect::for_run, "", "load all files in landing, then exit"},
    {"strict", Kind::yes, &Config::strict, 0, 0, "", "", nullptr, TakesEffect::for_run, "", "with --once: partly loaded files count as failed (exit code 65)"},
    {"wait", Kind::duration, &Config::wait, 0, 7 * k_day, "", "", nullptr, TakesEffect::for_run, "", "with --once: how long to wait for an unavailable database or a wrong clock"},
};
// clang-format on

}  // namespace

std::span<const Setting> settings() { return k_settings; }

const Setting* find_setting(std::string_view key) {
  const auto found = std::ranges::find(k_settings, key, &Setting::key);
  return found == std::end(k_settings) ? nullptr : found;
}

std::vector<std::string_view> setting_keys() {
  std::vector<std::string_view> keys;
  for (const Setting& setting : k_settings)
    if (!setting.is_of_one_run())
      keys.push_back(setting.key);
  return keys;
}

}  // namespace longshore::config
