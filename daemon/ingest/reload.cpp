#include "ingest/reload.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "config/setting.hpp"
#include "ingest/open_store.hpp"
#include "spool/beneath.hpp"

#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace longshore::ingest {
namespace {

// Settings that the process uses only at its start keep their values.
void keep_fixed(config::Config& next, const config::Config& current) {
  if (next.database != current.database)
    next.loaders = current.loaders;  // the default depends on the database
  for (const config::Setting& setting : config::settings()) {
    if (setting.takes_effect != config::TakesEffect::on_restart)
      continue;
    auto& member = next.*std::get<std::string config::Config::*>(setting.member);
    const auto& old = current.*std::get<std::string config::Config::*>(setting.member);
    if (member != old)
      log::warn("{} is read at the start only: restart longshore for its new value", setting.key);
    member = old;
  }
}

}  // namespace

void Reload::read(unsigned running_jobs) {
  if (!m_read_setup)
    return;
  m_observer.reload_started();
  try {
    Setup next = m_read_setup();
    if (next.config.recursive)
      spool::require_openat2();
    m_next = std::move(next);
    if (running_jobs > 0)
      log::info("new settings read, waiting for {} running jobs", running_jobs);
  } catch (const std::exception& exception) {  // std::filesystem throws its own
    const auto* const error = dynamic_cast<const Error*>(&exception);
    log::error("the new settings are refused, {} stay: {}{}", m_next ? "the pending ones" : "the old ones",
               exception.what(), error && !error->hint().empty() ? "; " + error->hint() : "");
    if (!m_next)
      m_observer.reload_finished();
  }
}

void apply_reload(Setup next, Setup& setup, std::unique_ptr<store::Session>& session, const store::Target& target) {
  keep_fixed(next.config, setup.config);
  try {
    change_tables(session, next, target);
    setup = std::move(next);
    log::set_level(setup.config.log_level);
    for (const std::string& warning : setup.registry.shadowed())
      log::warn("{}", warning);
    log::info("settings reloaded, {} feeds active", setup.registry.feeds().size());
  } catch (const Error& error) {
    log::error("the new settings are refused, the old ones stay: {}", error.what());
  }
}

}  // namespace longshore::ingest
