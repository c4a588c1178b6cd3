// The scripts of packaging/notify, as the daemon runs them.
#include "notify/noticing.hpp"
#include "support/http_server.hpp"
#include "support/places.hpp"
#include "support/script.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace longshore;
using namespace longshore::test;

namespace {

Start notify_with(const std::string& script, std::map<std::string, std::string> environment) {
  return {{"--notify-command", source("packaging/notify/" + script), "--notify-interval", "100ms"},
          std::move(environment)};
}

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("mail: a failed file is sent by sendmail, with a subject of plain ASCII; exit code 75 is retried") {
    const ScratchDirectory directory;
    const std::string mail = directory / "mail";
    write_script(directory / "sendmail", "cd '" + directory.path().string() +
                                             "'; [ -e tried ] || { touch tried; exit 75; }\n"
                                             "echo \"$*\" > arguments; cat > part; mv part mail\n");
    Pipeline p{sqlite_in(directory)};
    p.config.instance = "größe";
    Running daemon{p, notify_with("mail", {{"PATH", directory.path().string() + ":" + std::getenv("PATH")},
                                           {"NOTIFY_MAIL_TO", "ops@example.org"},
                                           {"NOTIFY_MAIL_FROM", "longshore@example.org"}})};
    p.drop(routed("1"), "{]");
    REQUIRE(eventually([&] { return !content_of(mail).empty(); }));
    CHECK(daemon.stop() == 0);
    CHECK(content_of(directory / "arguments") == "-t -oi\n");
    const std::string text = content_of(mail);
    CHECK(text.starts_with(
        "To: ops@example.org\nFrom: longshore@example.org\nSubject: longshore gr????e: 1 file failed: " + routed("1") +
        ": "));
    CHECK(text.find("\nX-Longshore-Kind: file_failed\n") != std::string::npos);
    const std::string body = text.substr(text.find("\n\n") + 2);
    CHECK(body.starts_with("longshore größe: 1 file failed: "));
    CHECK(at(body.substr(body.find("\n\n") + 2), "/files/0/name") == routed("1"));
  }

  TEST_CASE("chat: a failed file is posted as text without links and mentions") {
    const ScratchDirectory directory;
    const HttpServer server;
    write_file(directory / "chat_webhook", server.url("/services/T0/s3cret") + "\n");
    Pipeline p{sqlite_in(directory)};
    Running daemon{p, notify_with("chat", {{"CREDENTIALS_DIRECTORY", directory.path().string()}})};
    p.drop(routed("<!channel> & \"\\"), "{]");
    REQUIRE(eventually([&] { return !server.posted().empty(); }));
    CHECK(daemon.stop() == 0);
    CHECK(server.head(1).find("Content-Type: application/json\n") != std::string::npos);
    const std::string text = at(server.posted()[0], "/text");
    CHECK(text.starts_with(
        R"(:warning: longshore test: 1 file failed: objects_detection_&lt;!channel&gt; &amp; "\\.json: )"));
  }

  TEST_CASE("chat: mentions, links and Markdown in a name or value are shown as plain text") {
    const HttpServer server;
    const ScriptRun run =
        run_script("LONGSHORE_NOTICE_STATE=problem LONGSHORE_NOTICE_SUMMARY='@channel @here [all](x) ![y](z) "
                   "https://example.org www.example.org a&b größe' CHAT_WEBHOOK='" +
                   server.url("/hook") + "' '" + source("packaging/notify/chat") + "'");
    REQUIRE_MESSAGE(run.exit == 0, run.output);
    REQUIRE(server.posted().size() == 1);
    const std::string gap = "\xe2\x80\x8b";
    CHECK(at(server.posted()[0], "/text") == ":warning: @" + gap + "channel @" + gap + "here [" + gap + "all](x) ![" +
                                                 gap + "y](z) https:" + gap + "//example.org www." + gap +
                                                 "example.org a&amp;b größe");
  }

  TEST_CASE("chat: without a URL, or without a server, the reason is logged") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    std::map<std::string, std::string> environment;
    std::string message = "notice not sent, attempts: 1, last error: exit code 78: there is no credential chat_webhook";
    SUBCASE("none") {}
    SUBCASE("no server") {
      environment["CHAT_WEBHOOK"] = "http://127.0.0.1:1/s3cret";
      message = "retrying: exit code 75: curl: (7)";
    }
    p.config.log_level = "debug";
    Running daemon{p, notify_with("chat", environment)};
    p.drop(routed("1"), "{]");
    CHECK(daemon.wait_for_log("notify_command: " + message));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.log().find("s3cret") == std::string::npos);
  }
}
