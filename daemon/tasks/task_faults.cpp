#include "tasks/task_faults.hpp"

#include <utility>

namespace longshore::tasks {
namespace {

Error error_of(const std::vector<TaskFault>& faults) {
  std::string text;
  for (const TaskFault& fault : faults) {
    text += (text.empty() ? "" : "; ") + fault.place + ": " + fault.what;
    if (faults.size() > 1)
      text += " (" + fault.hint + ")";
  }
  return Error(Fault::fatal, text)
      .with_hint(faults.size() == 1 ? faults.front().hint
                                    : "`longshore config check` prints each fault on its own line")
      .exits(Exit::config);
}

}  // namespace

TaskFaultsError::TaskFaultsError(std::vector<TaskFault> faults)
    : Error(error_of(faults)), m_faults(std::move(faults)) {}

}  // namespace longshore::tasks
