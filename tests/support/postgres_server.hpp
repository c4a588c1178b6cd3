// PostgreSQL servers for tests, made by initdb in a directory below /tmp. They end with the test program, even if it
// crashes. A machine without PostgreSQL fails the tests; it does not skip them.
#pragma once

#include "base/fd.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace longshore::test {

// A new, empty database (UTF8, C.UTF-8) on a server that all tests share. Tests must not stop or configure that server.
store::Target fresh_database();

// A separate server, which a test may stop and configure. It listens on a Unix socket and on 127.0.0.1. The superuser
// is "longshore", without a password.
class PostgresServer {
 public:
  // settings: "name=value", as for `postgres -c`. initdb: further arguments of initdb. Does not start the server.
  explicit PostgresServer(std::vector<std::string> settings = {}, const std::vector<std::string>& initdb = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;

  // Returns when the server accepts connections.
  void start();
  // mode: "smart", "fast" or "immediate". Returns after the end of the server.
  void stop(const std::string& mode = "fast");
  bool is_running() const;
  pid_t postmaster() const;

  // The connection string for the Unix socket, and for TCP.
  std::string conninfo(const std::string& database = "postgres") const;
  std::string tcp_conninfo(const std::string& database = "postgres") const;
  int port() const { return m_port; }
  // A new, empty database: UTF8, C.UTF-8.
  store::Target fresh_database();
  // Executes SQL as the superuser, in a session of its own.
  store::Rows exec(const std::string& sql, const std::string& database = "postgres") const;

  // The data directory, for example for pg_hba.conf.
  std::string data() const { return m_directory + "/data"; }
  std::string log() const;
  // Runs a script with psql as the superuser; `words` are options of psql. Throws when it fails.
  void run_script(const std::string& path, const std::string& database,
                  const std::vector<std::string>& words = {}) const;
  // Runs one of PostgreSQL's programs as the user of the server; throws when it fails.
  void run(const std::string& name, const std::vector<std::string>& words) const;

 private:
  void keep();

  std::string m_programs;
  std::string m_directory;
  std::vector<std::string> m_settings;
  int m_port = 0;
  int m_databases = 0;
  Fd m_pipe;
  pid_t m_keeper = -1;
};

}  // namespace longshore::test
