#include "cli/database.hpp"

#include "base/error.hpp"

#include <filesystem>

namespace longshore::cli {
namespace {

Error no_tables(const store::Target& target) {
  return Error(Fault::fatal, target.redacted() + " has no tables of longshore yet")
      .with_hint("start the daemon, or create them: longshore migrate")
      .exits(Exit::config);
}

std::unique_ptr<store::Session> connect(const store::Target& target, store::Access access, const std::string& who) {
  try {
    return store::open(target, access, "longshore/" + who);
  } catch (const Error& error) {
    if (error.fault() == Fault::fatal)
      throw;
    throw Error(Fault::fatal, target.redacted() + " does not answer: " + error.what())
        .with_hint(error.hint().empty() ? "see that the server runs and takes connections" : error.hint())
        .exits(Exit::unavailable);
  }
}

}  // namespace

std::unique_ptr<store::Session> open_for_reading(const config::Config& config) {
  const auto target = store::Target::parse(config.database);
  std::error_code fault;
  if (target.engine == store::Engine::sqlite && !std::filesystem::exists(target.location, fault) && !fault)
    throw no_tables(target);
  auto session = connect(target, store::Access::read_only, "read");
  if (session->table_columns("ingest_log").empty())
    throw no_tables(target);
  return session;
}

std::unique_ptr<store::Session> open_for_writing(const config::Config& config, const std::string& who) {
  return connect(store::Target::parse(config.database), store::Access::read_write, who);
}

}  // namespace longshore::cli
