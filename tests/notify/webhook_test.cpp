// Notices by HTTP, to a real server.
#include "base/fd.hpp"
#include "notify/delivery.hpp"
#include "notify/noticing.hpp"
#include "support/http_server.hpp"
#include "support/mount.hpp"
#include "support/script.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace longshore;
using namespace longshore::notify;
using namespace longshore::test;

namespace {

const std::string k_path = "/services/T0/s3cret";

bool never() { return false; }

Start notify_with(const std::string& url) { return {{"--notify-webhook", url, "--notify-interval", "100ms"}}; }

bool receives(const HttpServer& server, std::size_t count) {
  return eventually([&] { return server.posted().size() >= count; }, 60s);
}

// A name server that never answers.
Fd silent_name_server(const std::string& address) {
  Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(53);
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
  return fd;
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("a failed file is posted as JSON, retried after status 500, and the URL is not in the log") {
    const ScratchDirectory directory;
    const HttpServer server{"500,200"};
    Pipeline p{sqlite_in(directory)};
    p.config.log_level = "trace";
    Running daemon{p, notify_with(server.url(k_path))};
    p.drop(routed("1"), "{]");
    REQUIRE(receives(server, 2));
    CHECK(daemon.stop() == 0);
    const std::vector<std::string> posted = server.posted();
    REQUIRE(posted.size() == 2);
    CHECK(posted[0] == posted[1]);
    CHECK(at(posted[1], "/kind") == "file_failed");
    CHECK(at(posted[1], "/files/0/name") == routed("1"));
    CHECK(server.head(1).starts_with("POST " + k_path + " HTTP/1.1\n"));
    CHECK(server.head(1).find("Content-Type: application/json\n") != std::string::npos);
    CHECK(daemon.log().find("retrying: HTTP status 500") != std::string::npos);
    CHECK(daemon.log().find("s3cret") == std::string::npos);
  }

  TEST_CASE("a notice that is not accepted after four attempts is logged, and the next one counts it as lost") {
    const ScratchDirectory directory;
    const HttpServer server{"503,503,503,503,200"};
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with(server.url(k_path))};
    p.drop(routed("1"), "{]");
    REQUIRE(
        daemon.wait_for_log("notify_webhook: notice not sent, attempts: 4, last error: HTTP status 503; the notice: "
                            "longshore test: 1 file failed: " +
                            routed("1")));
    p.drop(routed("2"), "{}}");
    REQUIRE(receives(server, 5));
    CHECK(daemon.stop() == 0);
    CHECK(at(server.posted()[3], "/lost") == "0");
    CHECK(at(server.posted()[4], "/lost") == "1");
    CHECK(at(server.posted()[4], "/files/0/name") == routed("2"));
  }

  TEST_CASE("a notice that the server refuses with 404 is not retried") {
    const HttpServer server{"404"};
    const notify::Attempt attempt = notify::post(server.url(k_path), "{}", never);
    CHECK(attempt.fault == "HTTP status 404");
    CHECK_FALSE(attempt.may_retry);
    CHECK(server.posted().size() == 1);
  }

  TEST_CASE("with a webhook that cannot be reached, loads continue and the daemon stops in time") {
    const ScratchDirectory directory;
    std::string url;
    SUBCASE("connection refused") { url = "http://127.0.0.1:1" + k_path; }
    SUBCASE("no answer") { url = "http://192.0.2.1" + k_path; }  // TEST-NET-1
    Pipeline p{sqlite_in(directory)};
    p.config.log_level = "debug";
    Running daemon{p, notify_with(url)};
    p.drop(routed("bad"), "{]");
    for (int i = 0; i < 50; ++i)
      p.drop(routed(std::to_string(i)), document(std::to_string(i)));
    CHECK(all_settled(p, 51));
    CHECK(daemon.stop(20s) == 0);
    CHECK(daemon.log().find("notify_webhook: notice not sent, attempts: ") != std::string::npos);
    CHECK(daemon.log().find("s3cret") == std::string::npos);
  }

  TEST_CASE("a name server that does not answer delays a notice no longer than the usual time limits") {
    const ScratchDirectory directory;
    const pid_t self = ::getpid();  // so that two runs of the tests use two addresses
    const std::string address = "127.83." + std::to_string(self / 250 % 250) + "." + std::to_string(1 + self % 250);
    write_file(directory / "resolv.conf", "nameserver " + address + "\noptions timeout:30 attempts:1\n");
    const auto mounted = Mount::bind(directory / "resolv.conf", "/etc/resolv.conf");
    if (!mounted)
      return;
    const Fd server = silent_name_server(address);
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    SUBCASE("until the time limit") {
      const notify::Attempt attempt = notify::post("http://hooks.example.org" + k_path, "{}", never);
      CHECK(attempt.may_retry);
      CHECK_MESSAGE(attempt.fault.find("Resolving timed out") == 0, attempt.fault);
      CHECK(Clock::now() - begin < 15s);
    }
    SUBCASE("until the daemon stops") {
      const notify::Attempt attempt =
          notify::post("http://hooks.example.org" + k_path, "{}", [&] { return Clock::now() - begin > 500ms; });
      CHECK(attempt.fault == k_cancelled);
      CHECK(Clock::now() - begin < 4s);
    }
  }

  TEST_CASE("a server with a self-signed certificate receives nothing") {
    const ScratchDirectory directory;
    const std::string certificate = directory / "own.pem";
    REQUIRE(run_script("(openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext "
                       "subjectAltName=IP:127.0.0.1 -keyout '" +
                       certificate + "' -out '" + certificate + ".crt' && cat '" + certificate + ".crt' >> '" +
                       certificate + "')")
                .exit == 0);
    const HttpServer server{"200", certificate};
    const notify::Attempt attempt = notify::post(server.url(k_path), "{}", never);
    CHECK_MESSAGE(attempt.fault.find("certificate") != std::string::npos, attempt.fault);
    CHECK(server.posted().empty());
  }
}
