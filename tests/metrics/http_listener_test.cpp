#include "metrics/http_listener.hpp"

#include "base/error.hpp"
#include "base/http_client.hpp"
#include "metrics/scraped.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <thread>

using namespace longshore;
using namespace longshore::test;
using metrics::HttpListener;
using metrics::HttpResponse;
using metrics::Route;

namespace {

HttpResponse hello() { return {200, "hello\n"}; }

std::vector<Route> routes() {
  return {{"/", hello}, {"/broken", []() -> HttpResponse { throw std::runtime_error{"broken"}; }}};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Fd connected(const ListenAddress& address) {
  const SocketAddress place = socket_address(address.host, address.port);
  Fd fd{::socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  REQUIRE(::connect(fd.get(), place.get(), place.size) == 0);
  return fd;
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("a page answers GET and HEAD, and refuses other methods") {
    const HttpListener listener{*ListenAddress::parse("127.0.0.1:0"), routes()};
    const auto ask = [&](const std::string& path, const std::string& method) {
      return http_request_local(listener.address(), path, 5s, method);
    };
    CHECK(ask("/", "GET").status == 200);
    CHECK(ask("/", "GET").body == "hello\n");
    CHECK(ask("/?x=1", "GET").body == "hello\n");
    const auto head = ask("/", "HEAD");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(contains(head.head, "Content-Length: 6"));
    CHECK(ask("/etc/passwd", "GET").status == 404);
    CHECK(ask("/../", "GET").status == 404);
    for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "NONSENSE"}) {
      CAPTURE(method);
      const auto refused = ask("/", method);
      CHECK(refused.status == 405);
      CHECK(contains(refused.head, "Allow: GET, HEAD"));
    }
    CHECK(ask("/broken", "GET").status == 500);
    CHECK(ask("/", "GET").status == 200);
  }

  TEST_CASE("X08: idle connections do not block other clients") {
    const HttpListener listener{*ListenAddress::parse("127.0.0.1:0"), routes()};
    std::vector<Fd> idle;
    idle.reserve(100);
    for (int i = 0; i < 40; ++i)
      idle.push_back(connected(listener.address()));
    CHECK(http_request_local(listener.address(), "/").status == 200);
    for (int i = 0; i < 60; ++i)  // more than the limit
      idle.push_back(connected(listener.address()));
    CHECK(http_request_local(listener.address(), "/", 30s).status == 200);  // after the idle ones were dropped
  }

  TEST_CASE("X08: after malformed requests the listener still answers") {
    const HttpListener listener{*ListenAddress::parse("127.0.0.1:0"), routes()};
    for (const std::string& noise : {std::string(100'000, 'x'), std::string{"GET\r\n\r\n"}, std::string(1'000, '\0'),
                                     std::string{"GET / HTTP/9.9\r\n\r\n"}, "GET /" + std::string(60'000, '%')}) {
      const Fd fd = connected(listener.address());
      ::send(fd.get(), noise.data(), noise.size(), MSG_NOSIGNAL);
    }
    CHECK(http_request_local(listener.address(), "/").body == "hello\n");
  }

  TEST_CASE(
      "P06: a listener that is stopped during an answer, with a malformed request pending, stops without a crash") {
    std::counting_semaphore<> asked{0};
    std::counting_semaphore<> may_answer{0};
    std::optional<HttpListener> listener;
    listener.emplace(*ListenAddress::parse("127.0.0.1:0"), std::vector<Route>{{"/", [&] {
                                                                                 asked.release();
                                                                                 (void)may_answer.try_acquire_for(10s);
                                                                                 return hello();
                                                                               }}});
    const auto ask = [&](const std::string& request) {
      Fd fd = connected(listener->address());
      REQUIRE(::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) == std::ssize(request));
      return fd;
    };
    const std::string good = "GET / HTTP/1.0\r\n\r\n";
    const std::string broken = "GET / HTTP/1.0\r\nno header\r\n\r\n";
    const Fd first = ask(good);
    asked.acquire();
    // these arrive during the first answer, and are read together
    const std::array<Fd, 3> others{ask(broken), ask(good), ask(broken)};
    may_answer.release();
    asked.acquire();
    std::jthread ending{[&] { listener.reset(); }};
    std::this_thread::sleep_for(100ms);  // until reset() has asked the listener to stop
    may_answer.release();
    ending.join();
    std::array<char, 100> answer{};
    CHECK(::recv(first.get(), answer.data(), answer.size(), 0) > 0);
  }

  TEST_CASE("the listener supports IPv6, and an empty host listens on IPv4 and IPv6") {
    const HttpListener open{*ListenAddress::parse(":0"), routes()};
    CHECK(http_request_local({"127.0.0.1", open.address().port}, "/").status == 200);
    CHECK(http_request_local({"", open.address().port}, "/").status == 200);
    if (Fd{::socket(AF_INET6, SOCK_STREAM, 0)}) {
      CHECK(http_request_local({"::1", open.address().port}, "/").status == 200);
      const HttpListener six{*ListenAddress::parse("[::1]:0"), routes()};
      CHECK(http_request_local(six.address(), "/").status == 200);
    }
  }

  TEST_CASE("a port that is in use ends the start with 78 and a hint, before any file is touched") {
    const HttpListener other{*ListenAddress::parse("127.0.0.1:0"), routes()};
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.once = false;
    p.drop(routed("1"), document("1"));
    DaemonProcess daemon{p, {.words = {"--metrics-listen", other.address().text()}}};
    CHECK(daemon.wait() == 78);
    CHECK(
        contains(daemon.log(), "cannot listen at " + other.address().text() + " for metrics: Address already in use"));
    CHECK(contains(daemon.log(), "hint: another program"));
    CHECK(p.files("landing").size() == 1);

    // run --once may run beside a daemon with the same settings
    p.config.once = true;
    DaemonProcess once{p, {.words = {"--metrics-listen", other.address().text()}}};
    CHECK(once.wait() == 0);
  }

  TEST_CASE("TERM reaches the main thread although other threads run") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    for (int i = 0; i < 3; ++i) {
      Scraped daemon{p};
      REQUIRE(daemon.answers("/readyz", 200));
      daemon.signal(SIGUSR1);
      CHECK(daemon.ask("/healthz").status == 200);
      CHECK(daemon.stop() == 0);
    }
  }
}
