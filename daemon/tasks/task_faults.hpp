// The faults of task declarations. All of them are found before one Error is thrown, so that an operator corrects a
// declaration once.
#pragma once

#include "base/error.hpp"

#include <string>
#include <vector>

namespace longshore::tasks {

struct TaskFault {
  std::string place;  // "/etc/longshore/tasks.d/hourly.toml:7", or the name of a setting
  std::string what;
  std::string hint;
};

// The text names each fault with its place. With one fault the hint is its remedy, with several the remedies stand in
// the text.
class TaskFaultsError : public Error {
 public:
  // There is at least one fault.
  explicit TaskFaultsError(std::vector<TaskFault> faults);

  const std::vector<TaskFault>& faults() const noexcept { return m_faults; }

 private:
  std::vector<TaskFault> m_faults;
};

}  // namespace longshore::tasks
