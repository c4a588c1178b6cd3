#include "support/pipeline.hpp"

#include "base/text.hpp"
#include "config/setting.hpp"
#include "ingest/run.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/stat.h>

namespace longshore::test {

namespace fs = std::filesystem;

std::string text_of(const store::Target& target) {
  return target.engine == store::Engine::sqlite ? "sqlite:" + target.location : target.location;
}

store::Target fresh_like(const store::Target& target) {
  static int number = 0;
  return target.engine == store::Engine::postgres
             ? fresh_database()
             : store::Target{store::Engine::sqlite, target.location + "-" + std::to_string(++number)};
}

Pipeline::Pipeline(const store::Target& target) : Pipeline(target, built_in()) {}

Pipeline::Pipeline(const store::Target& target, Registry feeds) : registry(std::move(feeds)), m_target(target) {
  config.landing = scratch / "landing";
  config.processed = scratch / "processed";
  config.failed = scratch / "failed";
  config.work = scratch / "landing/.work";
  config.database = text_of(target);
  if (!target.schema.empty())
    config.schema = target.schema;
  config.instance = "test";
  config.loaders = target.engine == store::Engine::sqlite ? 1 : 2;
  config.settle = std::chrono::milliseconds{50};
  config.close_delay = std::chrono::milliseconds{10};
  config.grace = std::chrono::seconds{5};
  config.retry_first = std::chrono::milliseconds{10};
  config.retry_last = std::chrono::milliseconds{100};
  config.once = true;
  fs::create_directory(config.landing);
}

void Pipeline::drop(const std::string& name, std::string_view content) {
  const fs::path hidden = fs::path{config.landing} / ".upload";
  std::ofstream{hidden, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
  fs::last_write_time(hidden, fs::file_time_type::clock::now() - std::chrono::hours{1});
  fs::rename(hidden, fs::path{config.landing} / name);
}

void Pipeline::let_stand() const {
  using Clock = std::chrono::system_clock;
  Clock::time_point last;
  std::error_code fault;
  for (fs::directory_iterator at{config.landing, fault}, end; !fault && at != end; at.increment(fault))
    if (struct stat st{}; ::lstat(at->path().c_str(), &st) == 0 && S_ISREG(st.st_mode))
      last = std::max(last, Clock::time_point{std::chrono::seconds{st.st_ctim.tv_sec} +
                                              std::chrono::microseconds{st.st_ctim.tv_nsec / 1000}});
  // at most 50 ms: some tests set a settle time that never ends
  std::this_thread::sleep_until(last + std::min(config.settle, std::chrono::milliseconds{50}));
}

Exit Pipeline::run_once() {
  let_stand();
  return ingest::run({config, registry, tasks});
}

std::vector<std::string> Pipeline::flags() const {
  std::vector<std::string> words;
  for (const config::Setting& setting : config::settings()) {
    const std::string value = config::text_of(config, setting);
    // an empty one with a fallback is left to load()
    const bool is_default = value.empty() || (setting.fallback.empty() && value == config::text_of({}, setting));
    if (is_default || (setting.is_of_one_run() && !config.once))
      continue;
    words.push_back(config::flag_of(setting));
    if (setting.kind != config::Kind::yes)
      words.push_back(value);
  }
  return words;
}

std::vector<std::string> Pipeline::rows(const std::string& sql) {
  const auto session = store::open(m_target, store::Access::read_only, "longshore/test");
  std::vector<std::string> out;
  for (const auto& row : session->exec(sql).rows) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i > 0 ? "|" : "";
      if (const auto* number = std::get_if<std::int64_t>(&row[i]))
        text += std::to_string(*number);
      else if (const auto* real = std::get_if<double>(&row[i]))
        text += std::to_string(*real);
      else
        text += std::holds_alternative<std::monostate>(row[i]) ? "\\N" : store::as_text(row[i]);
    }
    out.push_back(text);
  }
  return out;
}

std::string Pipeline::one(const std::string& sql) {
  const auto all = rows(sql);
  REQUIRE(all.size() == 1);
  return all[0];
}

std::vector<std::string> Pipeline::files(const std::string& directory) const {
  const fs::path root = scratch / directory;
  std::error_code fault;
  do {  // repeat if a running daemon removes a directory
    std::vector<std::string> out;
    for (fs::recursive_directory_iterator at{root, fault}, end; !fault && at != end; at.increment(fault))
      if (std::error_code gone; !fs::is_directory(at->symlink_status(gone)) && at->path().extension() != ".waits")
        out.push_back(at->path().lexically_relative(root).string());
    std::ranges::sort(out);
    if (!fault || !fs::exists(root))
      return out;
  } while (true);
}

std::vector<std::string> Pipeline::data() {
  auto out = rows(
      "select vehicle_id, detection_time, ordinal, object_type, object_value from detections order by 1, 2, 3, 4, 5");
  for (const char* sql :
       {"select vehicle_id, detection_time, record_hash from detection_events order by 1, 2, 3",
        "select vehicle_id, report_time, record_hash, status from vehicle_status_history order by 1, 2, 3",
        "select vehicle_id, report_time, status from vehicle_status order by 1"})
    for (auto& row : rows(sql))
      out.push_back(std::move(row));
  return out;
}

void Pipeline::check_books() {
  CHECK(
      rows(
          "select file_name from ingest_log where status in ('loaded', 'partial') and records <> rows_loaded + rows_duplicate + rows_rejected")
          .empty());
  CHECK(rows("select file_name from ingest_log where status = 'loading'").empty());
  CHECK(
      rows(
          "select l.file_name from ingest_log l join ingest_overlap o on o.file_id = l.file_id group by l.file_id, l.file_name, l.rows_duplicate having sum(o.rows) > l.rows_duplicate")
          .empty());
  for (const Feed& feed : registry.feeds())
    CHECK_MESSAGE(
        one("select coalesce(sum(rows_loaded - coalesce(rows_purged, 0)), 0) from ingest_log where status <> 'failed' and feed = '" +
            feed.name + "'") == one("select count(*) from " + feed.table),
        feed.name);
  for (const std::string& path :
       rows("select archive_path from ingest_log where archive_path is not null and purged_at is null"))
    CHECK_MESSAGE(fs::exists(scratch / unescape(path)), path);
  for (const std::string& name : files("landing"))
    CHECK_MESSAGE(!name.starts_with(".work"), name);
}

}  // namespace longshore::test
