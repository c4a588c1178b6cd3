// The output of `longshore task`: for people, as tab-separated columns, or as JSON. There, members that hold JSON are
// not quoted.
#pragma once

#include "cli/output.hpp"
#include "store/store.hpp"

#include <string>

namespace longshore::cli {

// Rows of store::read_tasks().
std::string tasks_text(const store::Rows& tasks, Format format);
// Rows of store::read_runs().
std::string runs_text(const store::Rows& runs, Format format);
// One run, with its log, and the runs that it caused. `tabs` is as `aligned`.
std::string run_text(const store::Rows& run, const store::Rows& children, Format format);

}  // namespace longshore::cli
