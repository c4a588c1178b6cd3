#include "support/pooler.hpp"

#include "support/eventually.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {

namespace fs = std::filesystem;

std::string pooler_program() {
  std::istringstream path{std::string{std::getenv("PATH") ? std::getenv("PATH") : ""} + ":/usr/sbin"};
  for (std::string place; std::getline(path, place, ':');)
    if (fs::exists(place + "/pgbouncer"))
      return place + "/pgbouncer";
  return "";
}

Pooler::Pooler(const PostgresServer& server, int backends) : m_directory(fs::path{server.data()}.parent_path()) {
  const std::string settings = m_directory + "/pooler.ini";
  std::ofstream{settings} << "[databases]\n* = host=" << m_directory << " port=" << server.port() << " user=longshore\n"
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

Pooler::~Pooler() {
  ::kill(m_process, SIGKILL);
  ::waitpid(m_process, nullptr, 0);
}

std::string Pooler::conninfo(const std::string& database) const {
  return "host=" + m_directory + " port=6432 user=longshore dbname=" + database;
}

}  // namespace longshore::test
