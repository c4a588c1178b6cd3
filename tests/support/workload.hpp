// Files whose rows are all different, and the check that each of them was loaded whole and once.
#pragma once

#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <string>

namespace longshore::test {

class Workload {
 public:
  // Sets what the Pipeline takes for a large file.
  explicit Workload(Pipeline& pipeline);

  // Files of events and of statuses in turn, of `records` each; small ones share transactions.
  void drop_small(int files, int records = 3);
  // One file of events that is large: it is streamed by itself.
  void drop_large(int records);

  int files() const { return m_files; }
  // That many files were loaded and moved: no more, no less than what was dropped.
  bool is_done();
  // Everything loaded once, moved, and the books agree. `except`: files that ended otherwise, with their rows.
  void check(int except_files = 0, int except_records = 0);

 private:
  std::string next_vehicle() { return "v" + std::to_string(++m_records); }

  Pipeline& m_pipeline;
  int m_files = 0;
  int m_records = 0;
};

}  // namespace longshore::test
