// A server that ends the connection during the connect.
#include "base/error.hpp"
#include "base/fd.hpp"
#include "store/store.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace longshore;

TEST_CASE("D03: a server that accepts the login and then ends is a lost connection") {
  const Fd listening{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(::listen(listening.get(), 1) == 0);

  std::thread server{[&] {
    const Fd client{::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    std::array<char, 4096> bytes{};
    (void)::read(client.get(), bytes.data(), bytes.size());  // the start-up packet
    // AuthenticationOk, server_version and client_encoding, ReadyForQuery
    std::string answer{"R\0\0\0\x08\0\0\0\0", 9};
    for (const std::string& parameter : {std::string{"server_version\0"
                                                     "15.0\0",
                                                     20},
                                         std::string{"client_encoding\0UTF8\0", 21}})
      answer += std::string{"S\0\0\0", 4} + static_cast<char>(4 + parameter.size()) + parameter;
    answer += std::string{"Z\0\0\0\x05I", 6};
    const std::string notice{"SWARNING\0C57P02\0Mterminating connection because of crash of another server process\0\0",
                             83};
    answer += std::string{"N\0\0\0", 4} + static_cast<char>(4 + notice.size()) + notice;
    (void)::write(client.get(), answer.data(), answer.size());
  }};
  const std::string conninfo = "host=127.0.0.1 port=" + std::to_string(ntohs(address.sin_port)) +
                               " user=longshore dbname=fleet sslmode=disable gssencmode=disable";
  try {
    (void)store::open({store::Engine::postgres, conninfo}, store::Access::read_write, "longshore/tests");
    FAIL("opened");
  } catch (const Error& error) {
    CHECK_MESSAGE(error.fault() == Fault::disconnected, error.what());
  }
  server.join();
}
