// PgBouncer in transaction mode in front of a server of the tests: each transaction may run on another backend.
#pragma once

#include "support/postgres_server.hpp"

#include <string>

#include <sys/types.h>

namespace longshore::test {

// The program; "" if it is not installed.
std::string pooler_program();

// PgBouncer with a few backends. It listens on a Unix socket in the server's directory, and ends with this object.
class Pooler {
 public:
  explicit Pooler(const PostgresServer& server, int backends = 2);
  ~Pooler();
  Pooler(const Pooler&) = delete;

  std::string conninfo(const std::string& database) const;

 private:
  std::string m_directory;
  pid_t m_process = -1;
};

}  // namespace longshore::test
