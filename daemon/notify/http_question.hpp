// One question by HTTP to a listener of this machine, as a health check has it.
#pragma once

#include "base/listen_address.hpp"

#include <chrono>
#include <string>

namespace longshore::notify {

struct HttpAnswer {
  int status = 0;
  std::string head;  // status line and headers
  std::string body;
};

// Where the address is open to all it asks at 127.0.0.1. Throws Error{unavailable} when nobody answers within the time,
// or not in HTTP.
HttpAnswer http_question(const ListenAddress& address, const std::string& path,
                         std::chrono::milliseconds patience = std::chrono::seconds{5},
                         const std::string& method = "GET");

}  // namespace longshore::notify
