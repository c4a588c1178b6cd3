// A real HTTP server (http_server.py) that stores each POST request.
#pragma once

#include "support/scratch_directory.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace longshore::test {

class HttpServer {
 public:
  // It answers with these comma-separated statuses in order, and repeats the last one. With a certificate (and its key,
  // in one file) it uses TLS.
  explicit HttpServer(const std::string& statuses = "200", const std::string& certificate = "");
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // "http://127.0.0.1:PORT" and the path.
  std::string url(const std::string& path) const;
  // The bodies of the requests, in order.
  std::vector<std::string> posted() const;
  // The request line and headers of request `number`, counted from 1.
  std::string head(std::size_t number) const;

 private:
  const ScratchDirectory m_scratch;
  bool m_is_tls;
  std::FILE* m_input;  // the server ends when this is closed
  std::string m_port;
};

}  // namespace longshore::test
