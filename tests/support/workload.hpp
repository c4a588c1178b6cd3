// Drops files with different rows and checks that each row was loaded exactly once.
#pragma once

#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <string>

namespace longshore::test {

class Workload {
 public:
  // Sets large_file of the Pipeline to 100 kB.
  explicit Workload(Pipeline& pipeline);

  // Drops files of `records` records each, alternately events and statuses. Small files share transactions.
  void drop_small(int files, int records = 3);
  // Drops one large file of events, which is loaded alone.
  void drop_large(int records);

  int files() const { return m_files; }
  // Whether exactly as many files as were dropped are in processed/.
  bool is_done();
  // Checks that everything was loaded once and moved, and calls check_books(). `except_…`: files with another outcome,
  // and their records.
  void check(int except_files = 0, int except_records = 0);

 private:
  std::string next_vehicle() { return "v" + std::to_string(++m_records); }

  Pipeline& m_pipeline;
  int m_files = 0;
  int m_records = 0;
};

}  // namespace longshore::test
