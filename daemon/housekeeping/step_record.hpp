// The rows of one step in ingest_task_runs: one for each round in which it changed something, and one for each new
// fault.
#pragma once

#include "config/config.hpp"
#include "housekeeping/step.hpp"
#include "store/store.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace longshore::housekeeping {

class StepRecord {
 public:
  StepRecord(std::string_view task, const config::Config& config) : m_task(task), m_config(config) {}

  // The step begins. Work of an earlier begin that is not recorded yet stays.
  void begin();
  Work& work() { return m_work; }
  // Writes a row if something was changed, or if the fault is another one than the last ("": none), and forgets the
  // work. Deletes rows older than keep_task_runs. Throws what the session throws; then the work is kept.
  void write(store::Session& session, const std::string& fault);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string m_task;
  const config::Config& m_config;
  Work m_work;
  Clock::time_point m_began{};
  std::string m_fault;  // the last one
};

}  // namespace longshore::housekeeping
