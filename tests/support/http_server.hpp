// A real HTTP server (http_server.py) that remembers what is posted to it.
#pragma once

#include "support/scratch_directory.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace longshore::test {

class HttpServer {
 public:
  // The statuses of its answers, the last one for ever. A certificate and its key in one file: it speaks TLS.
  explicit HttpServer(const std::string& statuses = "200", const std::string& certificate = "");
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // "http://127.0.0.1:PORT" and the path.
  std::string url(const std::string& path) const;
  // The bodies that it has got, in their order.
  std::vector<std::string> posted() const;
  // The request line and the headers of the first one, and so on.
  std::string head(std::size_t number) const;

 private:
  const ScratchDirectory m_scratch;
  bool m_is_tls;
  std::FILE* m_input;  // it ends with this
  std::string m_port;
};

}  // namespace longshore::test
