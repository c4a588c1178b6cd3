// The faults of single files and days. A step goes on with the next file, and reports at its end: one file that cannot be
// opened must not keep all others.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace longshore::housekeeping {

// Whether the system refused a call, not the session: then code() is the name of an errno.
bool is_of_system(const Error& error);

class FileFaults {
 public:
  // Calls `work`, and notes a fault of the system with `what`: a place in the archive. All other faults pass, and those
  // that affect every file, such as a full disk.
  void guard(const std::string& what, const std::function<void()>& work);

  std::uint64_t count() const { return m_count; }
  // Throws transient with the first fault and the number, if there are any.
  void report() const;

 private:
  std::uint64_t m_count = 0;
  std::string m_first;
};

}  // namespace longshore::housekeeping
