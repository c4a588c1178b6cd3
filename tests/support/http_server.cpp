#include "support/http_server.hpp"

#include "support/eventually.hpp"
#include "support/places.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace longshore::test {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

HttpServer::HttpServer(const std::string& statuses, const std::string& certificate) : m_is_tls(!certificate.empty()) {
  const std::string command = "exec python3 '" + source("tests/support/http_server.py") + "' '" +
                              m_scratch.path().string() + "' " + statuses + " " + certificate;
  m_input = ::popen(command.c_str(), "we");
  REQUIRE(m_input);
  REQUIRE(eventually([&] { return std::filesystem::exists(m_scratch / "port"); }));
  m_port = content_of(m_scratch / "port");
}

HttpServer::~HttpServer() { ::pclose(m_input); }

std::string HttpServer::url(const std::string& path) const {
  return (m_is_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + m_port + path;
}

std::vector<std::string> HttpServer::posted() const {
  std::vector<std::string> bodies;
  for (int number = 1;; ++number) {
    const std::string path = m_scratch / (std::to_string(number) + ".json");
    if (!std::filesystem::exists(path))
      return bodies;
    bodies.push_back(content_of(path));
  }
}

std::string HttpServer::head(std::size_t number) const {
  return content_of(m_scratch / (std::to_string(number) + ".head"));
}

}  // namespace longshore::test
