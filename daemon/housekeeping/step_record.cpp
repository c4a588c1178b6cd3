#include "housekeeping/step_record.hpp"

#include "store/recorded_work.hpp"

#include <spdlog/fmt/fmt.h>

namespace longshore::housekeeping {
namespace {

std::string json_of(const Work& work) {
  if (work.partitions > 0)
    return fmt::format(R"({{"partitions":{}}})", work.partitions);
  return fmt::format(R"({{"files":{},"bytes":{},"rows":{}}})", work.files, work.bytes, work.rows);
}

}  // namespace

void StepRecord::begin() {
  if (m_work.is_empty())
    m_began = Clock::now();
}

void StepRecord::write(store::Session& session, const std::string& fault) {
  const bool is_new_fault = !fault.empty() && fault != m_fault;
  if (m_work.is_empty() && !is_new_fault) {
    m_fault = fault;
    return;
  }
  store::RunEnd end;
  end.result = json_of(m_work);
  end.error = fault;
  store::record_work(session, {m_task, "housekeeping", "", {}, m_config.instance},
                     std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - m_began), end,
                     m_config.keep_task_runs);
  m_work = {};
  m_fault = fault;
}

}  // namespace longshore::housekeeping
