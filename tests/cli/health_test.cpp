#include "cli/run_program.hpp"
#include "metrics/scraped.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace longshore;
using namespace longshore::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("longshore health reports a daemon that waits for its database as healthy and not ready") {
  PostgresServer server;
  server.start();
  Pipeline p{server.fresh_database()};
  server.stop();
  Scraped daemon{p};
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"health", "--metrics-listen", daemon.address.text()});
    return run_longshore(words);
  };
  CHECK(eventually([&] { return ask({"--ready"}).out.starts_with("waiting for the database: "); }));
  CHECK(ask({"--ready"}).exit == 69);
  CHECK(ask({}).exit == 0);
  CHECK(ask({}).out == "ok\n");

  server.start();
  CHECK(eventually([&] { return ask({"--ready"}).exit == 0; }));
  daemon.suspend();
  const Finished frozen = ask({});
  daemon.resume();
  CHECK(frozen.exit == 69);
  CHECK(holds(frozen.err, "timed out after 5"));
  CHECK(daemon.stop() == 0);
}

TEST_CASE("longshore health fails without a daemon, and without an address") {
  const Finished alone = run_longshore({"health", "--metrics-listen", "127.0.0.1:1"});
  CHECK(alone.exit == 69);
  CHECK(alone.out.empty());
  CHECK(holds(alone.err, "no answer from 127.0.0.1:1: Failed to connect to 127.0.0.1 port 1"));
  const Finished off = run_longshore({"health"}, {{"LONGSHORE_CONFIG", "/dev/null"}});
  CHECK(off.exit == 78);
  CHECK(holds(off.err, "metrics_listen is off"));
}
