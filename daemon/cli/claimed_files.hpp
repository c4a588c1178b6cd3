// What `skip` and `release` have in common: names or claims from the command line, and each claimed file that answers to one.
#pragma once

#include "admin/takeout.hpp"
#include "cli/command.hpp"

#include <vector>

namespace longshore::cli {

// Throws Error.
Exit take_claimed(const Arguments& arguments, admin::TakeoutKind how);

std::vector<Flag> claimed_flags();

inline constexpr const char* k_claimed_exits =
    "0   done for every name, or done before\n"
    "64  bad option\n"
    "69  the database does not answer; nothing was moved\n"
    "75  something was left: settled meanwhile, its transaction under way, not claimed, a name taken in landing\n"
    "78  bad settings, or no tables yet";

}  // namespace longshore::cli
