// The list itself. A range keeps out what cannot be meant, or would hurt: units typed wrongly, a busy loop, more memory
// than a window's 32-bit offsets can name.
#include "config/setting.hpp"

#include <algorithm>

namespace longshore::config {
namespace {

constexpr std::uint64_t k_second = 1000;
constexpr std::uint64_t k_hour = 3600 * k_second;
constexpr std::uint64_t k_day = 24 * k_hour;
constexpr std::uint64_t k_kib = 1 << 10;
constexpr std::uint64_t k_gib = 1 << 30;
constexpr std::uint64_t k_pib = k_gib << 20;

// clang-format off
constexpr Setting k_settings[] = {
    // key, kind, member, least, most, words, default worked out from, text
    {"landing", Kind::path, &Config::landing, 0, 0, "", "", "directory where files are dropped"},
    {"processed", Kind::path, &Config::processed, 0, 0, "", "processed beside landing", "directory for files that were loaded, by day"},
    {"failed", Kind::path, &Config::failed, 0, 0, "", "failed beside landing", "directory for files that could not be loaded, with the reason"},
    {"work", Kind::path, &Config::work, 0, 0, "", ".work in landing", "directory of claimed files, on the mount of landing"},
    {"database", Kind::text, &Config::database, 0, 0, "", "", "sqlite:PATH, postgresql://USER@HOST/DATABASE, \"host=… dbname=…\", or credential:NAME"},
    {"feeds", Kind::path, &Config::feeds, 0, 0, "", "", "directory of further feed declarations (*.toml)"},
    {"instance", Kind::text, &Config::instance, 0, 0, "", "the host's name", "label of this daemon; a free number is put behind it"},
    {"migrate", Kind::word, &Config::migrate, 0, 0, "auto check", "", "create and extend tables at start, or only check them"},
    {"log_level", Kind::word, &Config::log_level, 0, 0, "error warn info debug trace off", "", "how much is logged"},
    {"loaders", Kind::count, &Config::loaders, 1, 256, "", "the cores, at least 2", "large files loaded at the same time, and one more for small files meanwhile; SQLite has one writer, so always 1"},

    {"settle", Kind::duration, &Config::settle, 0, k_hour, "", "", "how long a file that only a scan showed must stand still"},
    {"close_delay", Kind::duration, &Config::close_delay, 0, k_hour, "", "", "wait after a writer closed its file"},
    {"grace", Kind::duration, &Config::grace, 0, k_day, "", "", "how long a file that ends too early may stand still before it is judged"},
    {"rescan", Kind::duration, &Config::rescan, 100, k_day, "", "", "time between two full looks at landing"},

    {"batch_files", Kind::count, &Config::batch_files, 1, 65536, "", "", "small files that share a transaction, at most"},
    {"large_file", Kind::size, &Config::large_file, 1, k_pib, "", "", "a file of this size or more is streamed by itself"},
    {"window_bytes", Kind::size, &Config::window_bytes, k_kib, k_gib, "", "", "rows held in memory before they are sent, a loader"},

    {"max_depth", Kind::count, &Config::max_depth, 2, 1000, "", "", "nesting of a document"},
    {"max_record_bytes", Kind::size, &Config::max_record_bytes, 64, k_gib, "", "", "a longer record is rejected"},
    {"max_document_bytes", Kind::size, &Config::max_document_bytes, 1, k_pib, "", "", "a compressed file whose document is longer fails"},
    {"stored_rejects", Kind::count, &Config::stored_rejects, 0, 10'000'000, "", "", "rejected records kept of one file; more are only counted"},

    {"retry_first", Kind::duration, &Config::retry_first, 1, k_hour, "", "", "first pause after a transient fault; it doubles"},
    {"retry_last", Kind::duration, &Config::retry_last, 1, k_day, "", "", "longest pause"},
    {"refusals", Kind::count, &Config::refusals, 1, 1000, "", "", "times a healthy database may refuse one file before that has failed"},
    {"stop_timeout", Kind::duration, &Config::stop_timeout, 0, k_hour, "", "", "time that running loads get to finish after a signal"},

    {"notify_command", Kind::path, &Config::notify_command, 0, 0, "off", "", "program that is told what somebody should know; docs/notifications.md"},
    {"notify_webhook", Kind::text, &Config::notify_webhook, 0, 0, "off", "", "http or https URL that is told the same, or credential:NAME"},
    {"notify_rejects", Kind::limit, &Config::notify_rejects, 0, 0, "", "", "a file with more rejected records, or a larger share of them, is told"},
    {"notify_interval", Kind::duration, &Config::notify_interval, 0, k_day, "", "", "least time between two notices of a kind; what lasts shorter is no trouble"},
    {"report", Kind::word, &Config::report, 0, 0, "off daily run", "", "tell every outcome too: each midnight (UTC), or when a run ends"},

    {"metrics_listen", Kind::text, &Config::metrics_listen, 0, 0, "off", "", "address for metrics and health by HTTP, 127.0.0.1:9464 for one; \":9464\" is all addresses"},
    {"metrics_textfile", Kind::path, &Config::metrics_textfile, 0, 0, "off", "", "file of metrics for node_exporter's textfile collector, ending in .prom"},

    {"once", Kind::yes, &Config::once, 0, 0, "", "", "drain the landing directory, then exit"},
    {"strict", Kind::yes, &Config::strict, 0, 0, "", "", "with --once: files loaded in part count as failed (exit code 65)"},
    {"wait", Kind::duration, &Config::wait, 0, 7 * k_day, "", "", "with --once: how long to wait for a database that is away"},
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
