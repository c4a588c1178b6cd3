// What kind of file system a directory is on.
#pragma once

#include <string_view>

namespace longshore::spool {

// "nfs", "overlay" …: changes may be made there that this kernel's inotify does not tell of, by other hosts or below
// the mount. Empty for a file system that tells all.
std::string_view silent_file_system(int directory);

}  // namespace longshore::spool
