// Every supported source of a database password works, and no output of longshore contains the password.
#include "cli/run_program.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::string k_secret = "sw0rdfish-0451";

void write_private(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// The role "loader" needs the password over TCP. The test itself uses the Unix socket and needs none.
std::string make_loader(PostgresServer& server) {
  server.exec("create role loader login superuser password '" + k_secret + "'");
  std::ofstream{server.data() + "/pg_hba.conf"} << "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  server.exec("select pg_reload_conf()");
  return "host=127.0.0.1 port=" + std::to_string(server.port()) + " user=loader";
}

bool shows_secret(const std::string& text) { return text.find(k_secret) != std::string::npos; }

}  // namespace

TEST_SUITE("system") {
  TEST_CASE(
      "X06: a password from a credential, a password file, a service file or the settings is used and never shown") {
    PostgresServer server;
    server.start();
    const std::string loader = make_loader(server);
    Pipeline p{server.fresh_database()};
    const std::string name = store::as_text(
        store::open(p.target(), store::Access::read_only, "t")->exec("select current_database()").rows[0][0]);
    const std::string database = loader + " dbname=" + name;
    const std::string with_password = database + " password=" + k_secret;
    write_private(p.scratch / "dsn", with_password + "\n");
    write_private(p.scratch / "pgpass", "127.0.0.1:*:*:loader:" + k_secret + "\n");
    write_private(p.scratch / "services", "[fleet]\nhost=127.0.0.1\nport=" + std::to_string(server.port()) +
                                              "\nuser=loader\ndbname=" + name + "\npassword=" + k_secret + "\n");

    Start start;
    std::map<std::string, std::string>& environment = start.environment;
    std::vector<std::string> database_option = {"--database"};
    SUBCASE("credential") {
      environment["CREDENTIALS_DIRECTORY"] = p.scratch.path();
      p.config.database = "credential:dsn";
      database_option.push_back(p.config.database);
    }
    SUBCASE("password file") {
      environment["PGPASSFILE"] = p.scratch / "pgpass";
      p.config.database = database;
      database_option.push_back(p.config.database);
    }
    SUBCASE("password file among the credentials") {
      p.config.database = database + " passfile=" + p.scratch / "pgpass";
      database_option.push_back(p.config.database);
    }
    SUBCASE("service file") {
      environment["PGSERVICEFILE"] = p.scratch / "services";
      p.config.database = "service=fleet";
      database_option.push_back(p.config.database);
    }
    p.config.once = false;
    p.config.log_level = "trace";
    DaemonProcess daemon{p, start};
    REQUIRE(daemon.wait_for_log(" watches "));
    p.drop("objects_detection_1.json", events(event("v", "2022-06-05T21:02:34.546Z")));
    CHECK(eventually([&] { return p.files("processed").size() == 1; }));
    const std::string process = "/proc/" + std::to_string(daemon.pid());
    CHECK(!content_of(process + "/cmdline").empty());
    CHECK(!shows_secret(content_of(process + "/cmdline")));
    CHECK(!shows_secret(content_of(process + "/environ")));
    CHECK(p.one("select count(*) from pg_stat_activity where application_name like '%" + k_secret + "%'") == "0");
    CHECK(daemon.stop() == 0);
    CHECK(!shows_secret(daemon.log()));
    CHECK(daemon.log().find("list of processes") == std::string::npos);
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"status", "--json"}, {"status"}, {"config", "show"}, {"log"}, {"rejects"}, {"migrate"}}) {
      std::vector<std::string> words = command;
      words.insert(words.end(), database_option.begin(), database_option.end());
      if (words[0] == "status")
        words.insert(words.end(), {"--landing", p.config.landing});
      const Finished finished = run_longshore(words, environment);
      CHECK_MESSAGE(finished.exit == 0, finished.err);
      CHECK(!shows_secret(finished.out + finished.err));
    }
  }

  TEST_CASE("X06: a password that the server refuses, or that is on the command line, appears in no message") {
    PostgresServer server;
    server.start();
    const std::string loader = make_loader(server);
    server.exec("alter role loader password 'another'");
    Pipeline p{server.fresh_database()};
    p.config.database = loader + " dbname=test_1 password=" + k_secret;
    const Finished run = run_longshore([&] {
      std::vector<std::string> words = p.flags();
      words.insert(words.begin(), "run");
      return words;
    }());
    CHECK(run.exit == 75);
    CHECK(run.err.find("password authentication failed") != std::string::npos);
    CHECK(run.err.find("--database contains a password") != std::string::npos);
    CHECK(!shows_secret(run.out + run.err));
    write_private(p.scratch / "settings.toml", "database = \"" + p.config.database + "\"\n");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"status", "--config", p.scratch / "settings.toml", "--landing", p.config.landing},
             {"log", "--config", p.scratch / "settings.toml"},
             {"log", "--database", "postgresql://loader:" + k_secret + "@127.0.0.1:1/x"},
             {"log", "--database", "postgresql://loader:" + k_secret + "@[bad/x"},
             {"log", "--database", "postgresql://loader:" + k_secret + "%@127.0.0.1/x"},
             {"log", "--database", "host=x password=" + k_secret + " nonsense=1"},
             {"log", "--database", "mysql://loader:" + k_secret + "@x/y"}}) {
      const Finished finished = run_longshore(words);
      CHECK(finished.exit != 0);
      CHECK_MESSAGE(!shows_secret(finished.out + finished.err), finished.err);
    }
  }
}
