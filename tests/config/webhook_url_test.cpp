// The URL of a webhook: which are valid, and how they are shown.
#include "config/webhook_url.hpp"

#include "cli/run_program.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace longshore::config;
using namespace longshore::test;

TEST_SUITE("secrets") {
  TEST_CASE("a webhook is shown without its path, its user and its password") {
    for (const std::string url : {"https://hooks.example.org/services/T0/s3cret", "https://me:s3cret@hooks.example.org",
                                  "https://hooks.example.org?key=s3cret#s3cret"})
      CHECK(redacted_webhook(url) == "https://hooks.example.org/***");
    CHECK(redacted_webhook("http://[::1]:8080/s3cret") == "http://[::1]:8080/***");
    const Finished shown =
        run_longshore({"config", "show"}, {{"LONGSHORE_NOTIFY_WEBHOOK", "https://h.example/s3cret"}});
    CHECK(shown.out.find("https://h.example/***") != std::string::npos);
    CHECK(shown.out.find("s3cret") == std::string::npos);
  }

  TEST_CASE("an invalid URL is refused, and the message does not repeat it") {
    for (const std::string url :
         {"s3cret", "ftp://example.org/s3cret", "file:///etc/s3cret", "https://", "https://a b/s3cret"}) {
      CAPTURE(url);
      CHECK(!webhook_fault(url).empty());
      const Finished said = run_longshore({"config", "check", "--notify-webhook", url});
      CHECK(said.exit == 64);
      CHECK(said.err.find("--notify-webhook: invalid webhook URL: ") != std::string::npos);
      CHECK(said.err.find("s3cret") == std::string::npos);
    }
  }
}
