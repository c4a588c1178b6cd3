// Sends one HTTP request with libcurl. Throws Error{unavailable} if there is no complete response within the timeout; a
// response with any status is returned. Certificates are verified; redirects are not followed. The error text may
// contain the host, but never the path of the URL.
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
  std::string protocols = "http,https";  // all others are refused
  std::string no_proxy = {};             // hosts for which the proxy of the environment is not used; "*": all hosts
  std::chrono::milliseconds timeout{10'000};
  std::function<bool()> is_cancelled = {};  // called several times a second; true aborts the request
};

struct HttpAnswer {
  long status = 0;
  std::string head;  // status line and headers
  std::string body;  // at most the first 16 MiB
};

HttpAnswer http_request(const HttpRequest& request);

// Sends a request to a server on this machine, by http and without a proxy. If the server listens on all addresses, the
// request goes to 127.0.0.1.
HttpAnswer http_request_local(const ListenAddress& address, const std::string& path,
                              std::chrono::milliseconds timeout = std::chrono::seconds{5},
                              const std::string& method = "GET");

}  // namespace longshore
