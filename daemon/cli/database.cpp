#include "cli/database.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/target.hpp"
#include "store/ledger_query.hpp"
#include "store/own_schema.hpp"

#include <filesystem>
#include <string_view>

namespace longshore::cli {
namespace {

Error no_tables(const store::Target& target) {
  return Error(Fault::fatal, target.redacted() + " has no longshore tables yet")
      .with_hint("start the daemon, or create them: longshore migrate")
      .exits(Exit::config);
}

Error no_server(const store::Target& target, const Error& error) {
  // libpq has no error code for this; if the server refused the login, its message contains "FATAL:"
  const bool is_refused = std::string_view{error.what()}.find("FATAL:") != std::string_view::npos;
  const char* const hint = is_refused
                               ? "the server answers: check the role, its password (PGPASSFILE) and the database name"
                               : "check that the server runs and accepts connections";
  return Error(Fault::fatal,
               target.redacted() + (is_refused ? " refuses the login: " : " does not answer: ") + error.what())
      .with_hint(error.hint().empty() ? hint : error.hint())
      .exits(Exit::unavailable);
}

Error no_file(const store::Target& target, const Error& error) {
  return Error(Fault::fatal, target.redacted() + " cannot be opened: " + error.what())
      .with_hint(error.hint().empty()
                     ? "this user must be able to read the file and the files -wal and -shm beside it, and "
                       "to enter its directory; who writes also needs to write there"
                     : error.hint())
      .exits(Exit::unavailable);
}

std::unique_ptr<store::Session> connect(const store::Target& target, store::Access access, const std::string& who) {
  try {
    return store::open(target, access, "longshore/" + who);
  } catch (const Error& error) {
    if (is_set_up_wrong(error))
      throw;
    throw target.engine == store::Engine::sqlite ? no_file(target, error) : no_server(target, error);
  }
}

}  // namespace

std::unique_ptr<store::Session> open_for_checking(const config::Config& config) {
  return connect(config::target_of(config), store::Access::read_only, "read");
}

std::unique_ptr<store::Session> open_for_reading(const config::Config& config) {
  auto session = open_for_checking(config);
  if (!store::has_ledger(*session)) {
    store::require_schema(*session);
    throw no_tables(config::target_of(config));
  }
  return session;
}

std::unique_ptr<store::Session> open_for_writing(const config::Config& config, const std::string& who) {
  open_for_reading(config);  // check first that the tables exist: opening an SQLite file for writing would create it
  return connect(config::target_of(config), store::Access::read_write, who);
}

std::unique_ptr<store::Session> open_for_migrating(const config::Config& config) {
  return connect(config::target_of(config), store::Access::read_write, "migrate");
}

void need_landing(const config::Config& config) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(config.landing, unknown))
    throw Error(Fault::fatal, "landing directory \"" + escape(config.landing) + "\" does not exist")
        .with_hint("--landing names another; longshore config show prints where this one comes from")
        .exits(Exit::config);
}

Error as_exit(const Error& error) {
  const bool is_outage = error.fault() == Fault::unavailable;
  if (!is_outage && error.fault() != Fault::contention && error.fault() != Fault::transient)
    return error;
  return Error(Fault::fatal, error.what())
      .with_hint(error.hint().empty() ? "finished work is saved; run the same command again" : error.hint())
      .exits(is_outage ? Exit::unavailable : Exit::left_over);
}

}  // namespace longshore::cli
