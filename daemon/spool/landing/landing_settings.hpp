// The times and limits of the landing directory.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace longshore::spool {

struct LandingSettings {
  std::chrono::milliseconds settle{2'000};
  std::chrono::milliseconds close_delay{500};
  std::chrono::milliseconds grace{30'000};
  std::chrono::milliseconds rescan{60'000};  // at most 5 s where the kernel does not report all changes
  std::chrono::milliseconds open_grace{600'000};
  std::size_t look_ahead = 10'000;    // limit of ready files, of files to recheck and of unrouted files
  std::size_t known = 65'536;         // files that a listing remembers
  std::vector<std::string> ignore{};  // globs of names that are never touched, besides uploads in progress
  bool recursive = false;             // directories in landing are read
  bool once = false;                  // the run ends when drained(); a file's age is taken from its mtime
};

}  // namespace longshore::spool
