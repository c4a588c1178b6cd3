// Why claimed files wait for their operator, as a daemon tells it to `longshore status`: a small file in the work
// directory beside the instance's directory, work/.<instance>.waits. A reader sees the old list or the new one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace longshore::spool {

struct WaitReason {
  std::string feed;
  std::uint64_t files = 0;   // 0: none of them is claimed
  std::string example = {};  // name of one of the files, escaped
  std::string reason;

  bool operator==(const WaitReason&) const = default;
};

// The name of the file in the work directory.
std::string wait_reasons_name(const std::string& instance);
// Replaces the list of this instance; an empty list removes it. Not durable. Throws system_error.
void write_wait_reasons(const std::string& work, const std::string& instance, std::span<const WaitReason> reasons);
// Empty if there is no list, or if the file is none that a daemon wrote. Throws system_error if it cannot be read.
std::vector<WaitReason> read_wait_reasons(const std::string& work, const std::string& instance);

}  // namespace longshore::spool
