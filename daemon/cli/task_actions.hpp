// The actions of `longshore task` that change something.
#pragma once

#include "cli/command.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace longshore::cli {

// task run NAME [--all] [KEY=VALUE...]: runs the task now, in this process, and prints its run. Returns bad_data if it
// failed, left_over if a signal ended it. Throws Error{fatal, Exit::left_over} if another run of it has not ended.
Exit run_task_now(const Arguments& arguments, const std::vector<std::string>& words);
// task drop NAME
Exit drop_task(const Arguments& arguments, const std::vector<std::string>& words);

// Error{fatal, Exit::usage}, with the most similar of these names.
Error unknown_task(const std::string& name, const std::vector<std::string>& names);
// The run as `task show` prints it.
void print_run(store::Session& session, const Arguments& arguments, std::int64_t run_id);

}  // namespace longshore::cli
