// A view of the work directory for commands: which files are claimed, and which instances run. It changes nothing. All
// functions throw system_error if the directory cannot be read; a work directory that does not exist is empty.
#pragma once

#include "spool/candidate.hpp"
#include "spool/work/workspace.hpp"

#include <functional>
#include <string>

namespace longshore::spool {

struct ClaimedFile {
  std::string instance;
  Claim claim;  // without its list of files; its instance directory is open but not locked
  Candidate entry;
};

// Visits every regular file of every claim, by instance, claim and name. It may miss files that are moved during the
// call.
void for_each_claimed(const std::string& work, const std::function<void(const ClaimedFile&)>& visit);

// The instance whose claim contains this file, in any directory of the claim; "" if there is none.
std::string instance_with(const std::string& work, const std::string& claim_id, const std::string& name);

// The names of the instance directories, sorted, of running and ended instances.
std::vector<std::string> instances_in(const std::string& work);

// Whether a process has the lock of this instance now. It takes a shared lock for an instant; a daemon that starts in
// this instant tries again (instance_directory.cpp).
bool is_alive(const std::string& work, const std::string& instance);

}  // namespace longshore::spool
