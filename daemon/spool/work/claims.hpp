// The work directory as somebody sees it who owns nothing in it: which files are claimed, and which instances live.
#pragma once

#include "spool/candidate.hpp"
#include "spool/work/workspace.hpp"

#include <functional>
#include <string>

namespace longshore::spool {

struct ClaimedFile {
  std::string instance;
  Claim claim;  // its files are not listed; its instance directory is reachable, but not locked
  Candidate entry;
};

// Every regular file of every claim: by instance, claim and name. What comes or goes meanwhile may be missed; a work directory
// that is not there has none. Throws system_error when it cannot be read.
void for_each_claimed(const std::string& work, const std::function<void(const ClaimedFile&)>& visit);

// The instance in whose claim this file is, in whatever directory of the claim; "" for none. Throws likewise.
std::string instance_with(const std::string& work, const std::string& claim_id, const std::string& name);

// The names of the instances' directories, sorted, whether they live or not. Throws likewise.
std::vector<std::string> instances_in(const std::string& work);

// Whether a process holds the lock of this instance now. Asks by a shared lock for an instant: a daemon that starts at just
// that instant looks twice (instance_directory.cpp). Throws system_error.
bool is_alive(const std::string& work, const std::string& instance);

}  // namespace longshore::spool
