// A Pipeline with migrated tables on the shared server. The daemon connects through a proxy that can break the
// connection; queries of the test itself do not.
#pragma once

#include "support/pipeline.hpp"
#include "support/postgres_proxy.hpp"
#include "support/postgres_server.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace longshore::test {

// The value of "name=" in a connection string without quotes.
inline std::string conninfo_value(const std::string& conninfo, const std::string& name) {
  const auto begin = conninfo.find(name + "=") + name.size() + 1;
  return conninfo.substr(begin, conninfo.find(' ', begin) - begin);
}

struct ProxiedPipeline {
  enum class Tables { migrated, none };

  explicit ProxiedPipeline(Tables tables = Tables::migrated)
      : p(fresh_database()), work(p), proxy(std::stoi(conninfo_value(p.target().location, "port"))) {
    if (tables == Tables::migrated)
      REQUIRE(p.run_once() == Exit::ok);
    p.config.database = proxy.conninfo(conninfo_value(p.target().location, "dbname"));
    p.config.wait = std::chrono::minutes{1};
  }

  Pipeline p;
  Workload work;
  PostgresProxy proxy;
};

}  // namespace longshore::test
