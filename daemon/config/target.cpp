#include "config/target.hpp"

namespace longshore::config {

namespace {

store::Target parsed(const Config& config, const std::string& database) {
  store::Target target = store::Target::parse(database);
  if (config.schema != "off")
    target.schema = config.schema;
  return target;
}

}  // namespace

store::Target target_of(const Config& config) { return parsed(config, config.database); }

// Settings that load() has not completed, such as those of a test, have no task_database.
store::Target task_target_of(const Config& config) {
  return parsed(config, config.task_database.empty() ? config.database : config.task_database);
}

}  // namespace longshore::config
