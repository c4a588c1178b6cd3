// The shipped tasks over files in any order: loads, replays, and what each roll-up must be.
#pragma once

#include "admin/replaying.hpp"
#include "support/pipeline.hpp"
#include "tasks/run_task.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace longshore::test {

// The shipped tasks of these names, or all of them.
std::vector<tasks::Task> shipped(const Registry& registry, const std::string& names = "");

// The built-in feeds that keep their rows for so long.
Registry built_in_with_keep(const std::string& keep);

// Files of both built-in feeds over some days that begin `first_day` days ago. A record may stand in several files.
// Each file has a second list of records, which a replay with corrected() reads: other times, types and statuses.
class FileSource {
 public:
  FileSource(unsigned seed, int first_day, int days) : m_random(seed), m_first_day(first_day), m_days(days) {}

  std::string next_name();
  std::string next_content();
  std::size_t below(std::size_t limit) { return m_random() % limit; }

 private:
  std::string records();
  std::string detection();
  std::string report();
  std::string time();

  std::mt19937 m_random;
  int m_first_day;
  int m_days;
  int m_number = 0;
  std::map<bool, std::vector<std::string>> m_seen;  // records, by whether they are reports
};

// The built-in feeds, reading the second list of each file.
Registry corrected(const Registry& registry);

// The rows of the task's table, sorted.
Lines rollup(Pipeline& p, const std::string& task);
// What they must be, found by other means than the task's SQL.
Lines expected(Pipeline& p, const std::string& task);

// Runs the task until it has no changes.
void run_to_end(Pipeline& p, const tasks::Task& task);

}  // namespace longshore::test
