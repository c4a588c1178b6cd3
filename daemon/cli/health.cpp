// longshore health: how the daemon of these settings is, asked by HTTP; for the health check of a container.
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
    throw Error(Fault::fatal, "metrics_listen is off: the daemon answers nobody")
        .with_hint("give the daemon and this command one address, for example LONGSHORE_METRICS_LISTEN=127.0.0.1:9464")
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
      .summary = "asks a running daemon whether it gets on",
      .about =
          "Asks the daemon that listens at metrics_listen, and prints what it says: ok, or why not, a line each. A daemon\n"
          "that waits for its database is healthy, for a restart would not help; with --ready it is not. For a\n"
          "container: HEALTHCHECK CMD [\"longshore\", \"health\"].",
      .flags = {{"ready", "", "whether database and directories are there, too"}},
      .settings = {"metrics_listen"},
      .example = "longshore health\n"
                 "longshore health --ready --metrics-listen 127.0.0.1:9464",
      .exits = "0   it gets on; with --ready: and loads what is dropped\n"
               "69  it does not, or nobody answers\n"
               "78  bad settings, or metrics_listen is off",
      .run = ask_for_health,
  };
  return command;
}

}  // namespace longshore::cli
