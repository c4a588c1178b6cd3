#include "base/listen_address.hpp"

#include <doctest/doctest.h>

using longshore::ListenAddress;

TEST_CASE("an address to listen on is a numeric host and a port") {
  for (const char* text : {"127.0.0.1:9464", "[::1]:9464", ":9464", "0.0.0.0:1", "[fe80::1:2]:65535", "127.0.0.1:0"}) {
    CAPTURE(text);
    const auto address = ListenAddress::parse(text);
    REQUIRE(address);
    CHECK(address->text() == text);
  }
  CHECK(ListenAddress::parse("[::1]:9464")->host == "::1");
  CHECK(ListenAddress::parse(":9464")->host.empty());
}

TEST_CASE("anything else is not an address to listen on") {
  for (const char* text :
       {"", ":", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1",
        "127.0.0.1:1 ", "localhost:9464", "::1:9464", "[127.0.0.1]:9464", "[]:1", "256.0.0.1:1",
        "http://127.0.0.1:9464", "127.0.0.1:9464/metrics", "*:9464"}) {
    CAPTURE(text);
    CHECK_FALSE(ListenAddress::parse(text));
  }
}
