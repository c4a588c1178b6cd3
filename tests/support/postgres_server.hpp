// PostgreSQL servers for tests: made by initdb in a directory under /tmp, gone when the test process ends, however it ends.
// No PostgreSQL on the machine is a failure, never a silent skip.
#pragma once

#include "base/fd.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace longshore::test {

// A new, empty database on a server that all tests share and none may stop or alter: UTF8, C.UTF-8.
store::Target fresh_database();

// A server of a test's own, to be stopped, broken and looked into. It listens on a Unix socket and on 127.0.0.1; the
// superuser is "longshore", without a password.
class PostgresServer {
 public:
  // settings: "name=value", as for `postgres -c`. initdb: words for it, after the tests' own. Does not start it.
  explicit PostgresServer(std::vector<std::string> settings = {}, const std::vector<std::string>& initdb = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;

  // Returns when it takes connections.
  void start();
  // "smart", "fast" or "immediate": returns when it has ended.
  void stop(const std::string& mode = "fast");
  bool is_running() const;
  pid_t postmaster() const;

  // By the Unix socket, and by TCP.
  std::string conninfo(const std::string& database = "postgres") const;
  std::string tcp_conninfo(const std::string& database = "postgres") const;
  int port() const { return m_port; }
  // A new, empty database: UTF8, C.UTF-8.
  store::Target fresh_database();
  // As the superuser, in a session that ends with it.
  store::Rows exec(const std::string& sql, const std::string& database = "postgres") const;

  // Where the data lies: for pg_hba.conf and the like.
  std::string data() const { return m_directory + "/data"; }
  std::string log() const;
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
