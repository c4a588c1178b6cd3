// longshore health: asks a running daemon by HTTP whether it works; for the health check of a container.
#include "base/http_client.hpp"
#include "base/listen_address.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace longshore::cli {
namespace {

Exit ask_for_health(const Arguments& arguments) {
  const config::Config config = arguments.settings().config;
  const auto address = ListenAddress::parse(config.metrics_listen);
  if (!address)
    throw Error(Fault::fatal, "metrics_listen is off: the daemon has no address to ask")
        .with_hint(
            "give the daemon and this command the same address, for example LONGSHORE_METRICS_LISTEN=127.0.0.1:9464")
        .exits(Exit::config);
  try {
    const HttpAnswer answer = http_request_local(*address, arguments.has("ready") ? "/readyz" : "/healthz");
    print(answer.body);
    return answer.status == 200 ? Exit::ok : Exit::unavailable;
  } catch (const Error& error) {
    throw Error(error.fault(), "no answer from " + address->text() + ": " + error.what()).exits(error.exit());
  }
}

}  // namespace

const Command& health_command() {
  static const Command command{
      .name = "health",
      .arguments = "",
      .summary = "ask a running daemon whether it works",
      .about =
          "Asks the daemon at the address metrics_listen, and prints the answer: ok, or one reason per line. A daemon that\n"
          "waits for its database is healthy, because a restart would not help; with --ready it is not. In a Dockerfile:\n"
          "HEALTHCHECK CMD [\"longshore\", \"health\"].",
      .flags = {{"ready", "", "also check whether the database and the directories are available"}},
      .settings = {"metrics_listen"},
      .example = "longshore health\n"
                 "longshore health --ready --metrics-listen 127.0.0.1:9464",
      .exits = "0   the daemon works; with --ready: and can load files\n"
               "69  it does not work, is not ready (--ready), or does not answer\n"
               "78  wrong settings, or metrics_listen is off",
      .run = ask_for_health,
  };
  return command;
}

}  // namespace longshore::cli
