#include "config/target.hpp"

namespace longshore::config {

store::Target target_of(const Config& config) {
  store::Target target = store::Target::parse(config.database);
  if (config.schema != "off")
    target.schema = config.schema;
  return target;
}

}  // namespace longshore::config
