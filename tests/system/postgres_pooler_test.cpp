// PgBouncer in transaction mode between the daemon and the server: each transaction may run on another backend.
#include "base/error.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/proxied_pipeline.hpp"
#include "support/rows.hpp"
#include "support/skip.hpp"
#include "support/workload.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// "" if it is not installed.
std::string pooler_program() {
  std::istringstream path{std::string{std::getenv("PATH") ? std::getenv("PATH") : ""} + ":/usr/sbin"};
  for (std::string place; std::getline(path, place, ':');)
    if (fs::exists(place + "/pgbouncer"))
      return place + "/pgbouncer";
  return "";
}

// PgBouncer with a few backends. It listens on a Unix socket in the server's directory.
class Pooler {
 public:
  explicit Pooler(const PostgresServer& server, int backends = 2) : m_directory(fs::path{server.data()}.parent_path()) {
    const std::string settings = m_directory + "/pooler.ini";
    std::ofstream{settings} << "[databases]\n* = host=" << m_directory << " port=" << server.port()
                            << " user=longshore\n"
                            << "[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = " << m_directory << "\n"
                            << "auth_type = any\npool_mode = transaction\ndefault_pool_size = " << backends << "\n";
    struct stat owner {};
    REQUIRE(::stat(server.data().c_str(), &owner) == 0);
    const std::string program = pooler_program();
    m_process = ::fork();
    REQUIRE(m_process >= 0);
    if (m_process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int out = ::open((m_directory + "/pooler.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
      // like the server, it refuses to run as root
      if (::getuid() != 0 || (::setgid(owner.st_gid) == 0 && ::setuid(owner.st_uid) == 0))
        ::execl(program.c_str(), "pgbouncer", settings.c_str(), nullptr);
      ::_exit(127);
    }
    REQUIRE(eventually([&] { return fs::exists(m_directory + "/.s.PGSQL.6432"); }));
  }
  ~Pooler() {
    ::kill(m_process, SIGKILL);
    ::waitpid(m_process, nullptr, 0);
  }
  Pooler(const Pooler&) = delete;

  std::string conninfo(const std::string& database) const {
    return "host=" + m_directory + " port=6432 user=longshore dbname=" + database;
  }

 private:
  std::string m_directory;
  pid_t m_process = -1;
};

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("D33: through PgBouncer in transaction mode, each file is loaded once and the time-outs apply") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server};
    Pipeline p{server.fresh_database()};
    Workload work{p};
    p.config.database = pooler.conninfo(conninfo_value(p.target().location, "dbname"));
    p.config.loaders = 4;
    p.config.batch_files = 4;
    work.drop_small(40);
    work.drop_large(4'000);
    work.drop_large(4'000);
    CHECK(p.run_once() == Exit::ok);
    work.check();

    const store::Target pooled{store::Engine::postgres, p.config.database};
    const auto session = store::open(pooled, store::Access::read_write, "longshore/tests");
    session->exec("discard all");  // like a backend that has not seen this session yet
    session->begin();
    CHECK(store::as_text(session->exec("show lock_timeout").rows[0][0]) == "5s");
    CHECK(store::as_text(session->exec("show statement_timeout").rows[0][0]) == "10min");
    session->rollback();
  }

  TEST_CASE("D33: through PgBouncer, sessions of two feeds on one backend use different temporary tables") {
    if (pooler_program().empty())
      SKIP("PgBouncer is not installed");
    PostgresServer server;
    server.start();
    const Pooler pooler{server, 1};
    const std::string database = conninfo_value(server.fresh_database().location, "dbname");
    const store::Target pooled{store::Engine::postgres, pooler.conninfo(database)};
    const Registry feeds = built_in();
    const auto load = [&](store::Session& session, const RowBatch& batch) {
      store::LoadCounts counts;
      counts.loaded.resize(1);
      const std::vector<std::int64_t> file_ids{1};
      session.begin(store::LoadOrder::ordered);
      session.load(batch, file_ids, counts);
      session.finish_load(batch.feed(), file_ids, counts);
      session.commit();
      CHECK(counts.loaded[0] == 1);
    };
    RowBatch detections{*feeds.find("objects_detection")};
    add_detection(detections, 0, "a", "2026-11-21T10:00:00Z");
    RowBatch reports{*feeds.find("vehicles_status")};
    add_status(reports, 0, "a", "2026-11-21T10:00:00Z", "driving");
    load(*open_migrated(pooled, feeds), detections);
    load(*open_migrated(pooled, feeds), reports);
  }
}
