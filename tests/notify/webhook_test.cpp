// Notices by HTTP, to a real server.
#include "notify/webhook.hpp"

#include "base/fd.hpp"
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

Start telling(const std::string& url) { return {{"--notify-webhook", url, "--notify-interval", "100ms"}}; }

bool hears(const HttpServer& server, std::size_t count) {
  return eventually([&] { return server.posted().size() >= count; }, 60s);
}

// A server of names that hears and never answers.
Fd mute_name_server(const std::string& address) {
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
  TEST_CASE("a failed file is posted as JSON, again after the server's fault, and its URL is nowhere to be seen") {
    const ScratchDirectory directory;
    const HttpServer server{"500,200"};
    Pipeline p{sqlite_in(directory)};
    p.config.log_level = "trace";
    Running daemon{p, telling(server.url(k_path))};
    p.drop(routed("1"), "{]");
    REQUIRE(hears(server, 2));
    CHECK(daemon.stop() == 0);
    const std::vector<std::string> posted = server.posted();
    REQUIRE(posted.size() == 2);
    CHECK(posted[0] == posted[1]);
    CHECK(at(posted[1], "/kind") == "file_failed");
    CHECK(at(posted[1], "/files/0/name") == routed("1"));
    CHECK(server.head(1).starts_with("POST " + k_path + " HTTP/1.1\n"));
    CHECK(server.head(1).find("Content-Type: application/json\n") != std::string::npos);
    CHECK(daemon.log().find("it answered 500; trying again") != std::string::npos);
    CHECK(daemon.log().find("s3cret") == std::string::npos);
  }

  TEST_CASE("a notice that finds no hearer is given up and logged, and the next one says so") {
    const ScratchDirectory directory;
    const HttpServer server{"503,503,503,503,200"};
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, telling(server.url(k_path))};
    p.drop(routed("1"), "{]");
    REQUIRE(daemon.wait_for_log("notify_webhook: a notice is given up after 4 tries: it answered 503; it was: "
                                "longshore test: 1 file failed: " +
                                routed("1")));
    p.drop(routed("2"), "{}}");
    REQUIRE(hears(server, 5));
    CHECK(daemon.stop() == 0);
    CHECK(at(server.posted()[3], "/lost") == "0");
    CHECK(at(server.posted()[4], "/lost") == "1");
    CHECK(at(server.posted()[4], "/files/0/name") == routed("2"));
  }

  TEST_CASE("what the server does not want is not posted again") {
    const HttpServer server{"404"};
    const notify::Attempt attempt = notify::post(server.url(k_path), "{}", never);
    CHECK(attempt.fault == "it answered 404");
    CHECK_FALSE(attempt.again);
    CHECK(server.posted().size() == 1);
  }

  TEST_CASE("with a webhook that is away, loads go on and the daemon ends in time") {
    const ScratchDirectory directory;
    std::string url;
    SUBCASE("nobody listens") { url = "http://127.0.0.1:1" + k_path; }
    SUBCASE("nobody answers") { url = "http://192.0.2.1" + k_path; }  // TEST-NET-1
    Pipeline p{sqlite_in(directory)};
    p.config.log_level = "debug";
    Running daemon{p, telling(url)};
    p.drop(routed("bad"), "{]");
    for (int i = 0; i < 50; ++i)
      p.drop(routed(std::to_string(i)), document(std::to_string(i)));
    CHECK(all_settled(p, 51));
    CHECK(daemon.stop(20s) == 0);
    CHECK(daemon.log().find("notify_webhook: a notice is given up after ") != std::string::npos);
    CHECK(daemon.log().find("s3cret") == std::string::npos);
  }

  TEST_CASE("a host whose name nobody looks up is waited for no longer than any other") {
    const ScratchDirectory directory;
    const pid_t self = ::getpid();  // another run of the tests beside this one has another address
    const std::string address = "127.83." + std::to_string(self / 250 % 250) + "." + std::to_string(1 + self % 250);
    write_file(directory / "resolv.conf", "nameserver " + address + "\noptions timeout:30 attempts:1\n");
    const auto mounted = Mount::bind(directory / "resolv.conf", "/etc/resolv.conf");
    if (!mounted)
      return;
    const Fd server = mute_name_server(address);
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    SUBCASE("until its time is up") {
      const notify::Attempt attempt = notify::post("http://hooks.example.org" + k_path, "{}", never);
      CHECK(attempt.again);
      CHECK_MESSAGE(attempt.fault.find("Resolving timed out") == 0, attempt.fault);
      CHECK(Clock::now() - begin < 15s);
    }
    SUBCASE("until the daemon is to end") {
      const notify::Attempt attempt =
          notify::post("http://hooks.example.org" + k_path, "{}", [&] { return Clock::now() - begin > 500ms; });
      CHECK(attempt.fault == "there was no time left for it");
      CHECK(Clock::now() - begin < 4s);
    }
  }

  TEST_CASE("a server whose certificate nobody has signed is told nothing") {
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
