#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace longshore {

Error system_error(int code, const std::string& what) {
  const char* name = ::strerrorname_np(code);
  Error error{Fault::transient, what + ": " + ::strerror(code)};
  if (code == EACCES || code == EPERM)
    return std::move(error).with_code(name ? name : "").exits(Exit::no_permission);
  return std::move(error).with_code(name ? name : "").exits(Exit::io_error);
}

}  // namespace longshore
