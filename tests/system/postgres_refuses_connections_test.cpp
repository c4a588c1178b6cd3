// The server runs but refuses the daemon's connections: files wait. No restart is needed after the repair.
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

// The daemon's role is not a superuser: the server reserves connections for superusers and asks them for no password on
// its socket.
PostgresServer& server() {
  static PostgresServer server{{"max_connections=12", "superuser_reserved_connections=3"}};
  if (!server.is_running()) {
    std::ifstream old{server.data() + "/pg_hba.conf"};
    const std::string rules{std::istreambuf_iterator<char>{old}, {}};
    std::ofstream{server.data() + "/pg_hba.conf"} << "host all guarded 127.0.0.1/32 scram-sha-256\n" << rules;
    server.start();
    server.exec("create role fleet login");
    server.exec("create role guarded login password 'right'");
  }
  return server;
}

store::Target database_of(const std::string& role) {
  const store::Target target = server().fresh_database();
  server().exec("alter database " + conninfo_value(target.location, "dbname") + " owner to " + role);
  return target;
}

std::string as_role(const store::Target& target, const std::string& role) {
  return server().tcp_conninfo(conninfo_value(target.location, "dbname") + " user=" + role);
}

void write_password(const std::string& path, const std::string& password) {
  std::ofstream{path} << "*:*:*:*:" << password << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void end_backends(const std::string& role) {
  server().exec("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '" + role + "'");
}

bool server_logs(const std::string& text, std::size_t from = 0) {
  return eventually([&] { return server().log().find(text, from) != std::string::npos; });
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D12: while all connections of the server are used, files wait") {
    Pipeline p{database_of("fleet")};
    Workload work{p};
    p.config.once = false;
    p.config.database = as_role(p.target(), "fleet");
    work.drop_small(4);
    DaemonProcess daemon{p};
    REQUIRE(eventually([&] { return work.is_done(); }));

    // end the daemon's connections, and let other sessions take all of them
    std::vector<std::unique_ptr<store::Session>> others;
    const auto take_all = [&] {
      for (;;)
        try {
          others.push_back(
              store::open({store::Engine::postgres, as_role(p.target(), "fleet")}, store::Access::read_only, "other"));
        } catch (const Error&) {
          return;
        }
    };
    take_all();
    server().exec(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'longshore/%' and usename = 'fleet'");
    take_all();
    const auto log_size = server().log().size();  // the daemon connects only when there are files
    work.drop_small(10);
    REQUIRE(server_logs("connection slots", log_size));
    CHECK(!work.is_done());
    CHECK(p.files("failed").empty());
    others.clear();
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    work.check();
  }

  TEST_CASE("D13: with a wrong password, at the start or later, files wait until it is corrected") {
    Pipeline p{database_of("guarded")};
    Workload work{p};
    const std::string passwords = p.scratch / "pgpass";
    p.config.once = false;
    p.config.database = as_role(p.target(), "guarded") + " passfile=" + passwords;
    write_password(passwords, "wrong");
    work.drop_small(4);
    DaemonProcess daemon{p};
    REQUIRE(server_logs("password authentication failed"));
    CHECK(p.files("landing").size() == 4);
    write_password(passwords, "right");
    CHECK(eventually([&] { return work.is_done(); }));

    const auto log_size = server().log().size();
    server().exec("alter role guarded password 'changed'");
    end_backends("guarded");
    work.drop_small(10);
    REQUIRE(eventually(
        [&] { return server().log().find("password authentication failed", log_size) != std::string::npos; }));
    CHECK(!work.is_done());
    CHECK(p.files("failed").empty());
    CHECK(daemon.is_running());
    write_password(passwords, "changed");
    CHECK(eventually([&] { return work.is_done(); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.log().find("changed") == std::string::npos);
    work.check();
  }
}
