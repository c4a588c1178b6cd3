// Helpers for tests of housekeeping: an archive that is years old.
#pragma once

#include "cli/operating.hpp"
#include "support/daemon_process.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace longshore::test {

using Words = std::vector<std::string>;

inline const std::string k_old_day = "2020-01-01";

inline void change(const Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/test")->exec_script("begin;" + sql + ";commit;");
}

// Makes all archived files as old as if they had been loaded on `k_old_day`: directories, ledger and mtimes.
inline void make_old(Pipeline& p) {
  namespace fs = std::filesystem;
  for (const std::string shelf : {"processed", "failed"}) {
    std::error_code missing;
    for (const auto& day : fs::directory_iterator{p.scratch / shelf, missing}) {
      const std::string name = day.path().filename();
      if (!day.is_directory() || name == k_old_day)
        continue;
      fs::rename(day.path(), p.scratch / (shelf + "/" + k_old_day));
      store::open(p.target(), store::Access::read_write, "longshore/test")
          ->exec("update ingest_log set archive_path = replace(archive_path, $1, $2)",
                 {shelf + "/" + name, shelf + "/" + k_old_day});
    }
    for (const auto& entry : fs::recursive_directory_iterator{p.scratch / shelf, missing})
      if (entry.is_regular_file())
        fs::last_write_time(entry.path(), fs::last_write_time(entry.path()) - std::chrono::hours{24 * 365});
  }
  store::open(p.target(), store::Access::read_write, "longshore/test")
      ->exec("update ingest_log set finished_at = $1 where finished_at is not null", {"2020-01-01T12:00:00.000000Z"});
}

inline void load_old(Pipeline& p, const std::string& name, const std::string& content) {
  p.drop(name, content);
  p.run_once();
  make_old(p);
}

// A round of housekeeping in a process of its own, which may be stopped at a crash point. Returns its exit code.
inline int keep_house(Pipeline& p, const std::string& crash_at = "") {
  return DaemonProcess{p, {.environment = {{"LONGSHORE_CRASH_AT", crash_at}}}}.wait();
}

// The files of the archive, without the lock of housekeeping.
inline Words archived(const Pipeline& p, const std::string& shelf = "processed") {
  Words files = p.files(shelf);
  std::erase(files, ".housekeeping.lock");
  return files;
}

inline void check_verify(const Pipeline& p) {
  const auto verified = operate(p, {"verify", "--rows", "--deep"});
  CHECK_MESSAGE(verified.err == "no differences\n", verified.out);
}

inline const std::string k_purged = "select file_id from ingest_log where purged_at is not null order by 1";

}  // namespace longshore::test
