// One HTTP request by libcurl. Throws Error{unavailable} if no complete answer comes within the time limit, whatever its status.
// Certificates are verified; redirections are not followed. The error text may name the host, but never the URL's path.
#pragma once

#include "base/listen_address.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace longshore {

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::string json = {};                 // the body; "": none
  std::string protocols = "http,https";  // others are refused
  std::string no_proxy = {};             // hosts that are reached without the proxy of the environment; "*": all
  std::chrono::milliseconds timeout{10'000};
  std::function<bool()> is_cancelled = {};  // called several times a second; true aborts the request
};

struct HttpAnswer {
  long status = 0;
  std::string head;  // status line and headers
  std::string body;  // at most the first 16 MiB
};

HttpAnswer http_request(const HttpRequest& request);

// From a server on this machine: by http and without a proxy. If it listens on all addresses, 127.0.0.1 is asked.
HttpAnswer http_request_local(const ListenAddress& address, const std::string& path,
                              std::chrono::milliseconds timeout = std::chrono::seconds{5},
                              const std::string& method = "GET");

}  // namespace longshore
