#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace longshore {
namespace {

bool affects_every_file(int code) {
  switch (code) {
  case EMFILE:
  case ENFILE:
  case ENOMEM:
  case ENOSPC:
  case EDQUOT:
  case EROFS:
    return true;
  default:
    return false;
  }
}

}  // namespace

Error system_error(int code, const std::string& what) {
  const char* name = ::strerrorname_np(code);
  const bool is_denied = code == EACCES || code == EPERM;
  return Error{affects_every_file(code) ? Fault::unavailable : Fault::transient, what + ": " + ::strerror(code)}
      .with_code(name ? name : "")
      .exits(is_denied ? Exit::no_permission : Exit::io_error);
}

}  // namespace longshore
