#include "crash/mixed_files.hpp"

#include "decode/decoding.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

std::string many_events(int first, int end) {
  std::string many;
  for (int i = first; i < end; ++i)
    many += (many.empty() ? "" : ",") + event("large" + std::to_string(i), k_time);
  return events(many);
}

std::string reports(const std::string& status, int day) {
  std::string text;
  for (const char* vehicle : {"a", "b", "c"})
    text += std::string{text.empty() ? "" : ","} + R"({"vehicle_id":")" + vehicle + R"(","report_time":"2024-01-0)" +
            std::to_string(day) + R"(T00:00:00Z","status":")" + status + R"("})";
  return R"({"vehicle_status":[)" + text + "]}";
}

}  // namespace

void drop_mixed(Pipeline& p) {
  p.drop("objects_detection_large.json", many_events(0, 300));
  p.drop("objects_detection_large_too.json", many_events(250, 500));
  p.drop("objects_detection_1.json", events(event("a", k_time) + "," + event("large7", k_time)));
  p.drop("objects_detection_2.json", events(event("b", k_time) + ",{}"));
  p.drop("objects_detection_3.json", events(event("a", k_time) + "," + event("large7", k_time)));
  p.drop("objects_detection_4.json", "[" + event("c", k_time) + ",oops]");
  p.drop("objects_detection_5.json", "[" + event("d", k_time) + ",oops]");
  p.drop("vehicles_status_1.json", reports("driving", 2));
  p.drop("vehicles_status_2.json", reports("parking", 2));
  p.drop("vehicles_status_3.json", reports("accident", 1));
  p.config.large_file = 20'000;
  p.config.window_bytes = 10'000;
  p.config.batch_files = 2;
}

std::vector<std::string> traces(Pipeline& p) {
  std::vector<std::string> all = p.data();
  for (
      const char* sql :
      {"select status, count(*) from ingest_log group by 1 order by 1",
       "select feed, sum(records), sum(rows_loaded), sum(rows_duplicate), sum(rows_rejected) from ingest_log where status <> 'failed' group by 1 order by 1",
       "select record_no, field, reason, count(*) from ingest_rejects group by 1, 2, 3 order by 1, 2, 3"})
    for (std::string& row : p.rows(sql))
      all.push_back(std::move(row));
  for (const char* directory : {"processed", "failed", "landing"})
    for (const std::string& file : p.files(directory))
      all.push_back(std::string{directory} + ": " + std::filesystem::path{file}.filename().string());
  return all;
}

void empty_tables(const store::Target& target) {
  const auto session = store::open(target, store::Access::read_write, "longshore/tests");
  for (const char* table : {"detection_events", "vehicle_status", "vehicle_status_history", "ingest_log",
                            "ingest_rejects", "ingest_overlap"})
    session->exec(std::string{"delete from "} + table);
}

std::vector<std::string> undisturbed(const store::Target& target) {
  Pipeline p{target};
  p.run_once();
  empty_tables(target);
  drop_mixed(p);
  p.run_once();
  p.check_books();
  std::vector<std::string> all = traces(p);
  REQUIRE(all.size() > 500);
  return all;
}

int run_and_die(Pipeline& p, const std::string& crash_at) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("LONGSHORE_CRASH_AT", crash_at.c_str(), 1);
    ::_exit(static_cast<int>(p.run_once()));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace longshore::test
