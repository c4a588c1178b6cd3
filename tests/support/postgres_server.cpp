// The cluster is kept by a shell that waits on a pipe from us. When our end closes, by a good end or by a crash, the shell
// stops the server and removes the directory; after a failed test it is told to keep the directory instead.
#include "support/postgres_server.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/scratch_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

namespace fs = std::filesystem;

// $1: where the programs are, $2: the directory
constexpr auto k_keeper = R"sh(
cd "$2" || exit 1
"$1/initdb" --pgdata=data --username=longshore --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 || exit 1
"$1/postgres" -D data -k "$2" -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50 \
  -c max_prepared_transactions=5 -c deadlock_timeout=200ms >>log 2>&1 &
server=$!
read verdict
kill -TERM $server  # ends a server that is only starting: a shell's background jobs ignore QUIT until they set their own
kill -QUIT $server  # ends the others at once
wait $server
[ "$verdict" = keep ] || rm -rf "$2"
)sh";

std::string programs() {
  std::vector<std::string> places;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/usr/lib/postgresql", ignored})
    places.push_back(entry.path() / "bin");
  std::ranges::sort(places, std::greater{});
  std::istringstream path{std::getenv("PATH") ? std::getenv("PATH") : ""};
  for (std::string place; std::getline(path, place, ':');)
    places.push_back(place);
  for (const std::string& place : places)
    if (fs::exists(place + "/initdb") && fs::exists(place + "/postgres"))
      return place;
  throw std::runtime_error{"the tests need PostgreSQL's server programs (initdb, postgres); apt install postgresql"};
}

// PostgreSQL refuses to run as root.
const passwd* unprivileged() {
  if (::getuid() != 0)
    return nullptr;
  for (const char* name : {"postgres", "nobody"})
    if (const passwd* user = ::getpwnam(name))
      return user;
  throw std::runtime_error{"run as root, and there is neither a user postgres nor nobody"};
}

class Server {
 public:
  Server() : m_programs(programs()) {
    std::string name = fs::temp_directory_path() / "longshore-pg-XXXXXX";
    if (!::mkdtemp(name.data()))
      throw system_error(errno, "mkdtemp " + name);
    m_directory = name;
    const passwd* user = unprivileged();
    if (user && ::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw system_error(errno, "chown " + name);
    start(user);
    wait_until_ready();
  }
  Server(const Server&) = delete;

  ~Server() {
    if (any_test_failed()) {
      std::fprintf(stderr, "left behind: %s (%s/postgres -D %s/data -k %s)\n", m_directory.c_str(), m_programs.c_str(),
                   m_directory.c_str(), m_directory.c_str());
      [[maybe_unused]] const auto written = ::write(m_pipe.get(), "keep\n", 5);
    }
    m_pipe.reset();
    ::waitpid(m_keeper, nullptr, 0);
  }

  std::string conninfo(const std::string& database) const {
    return "host=" + m_directory + " user=longshore dbname=" + database;
  }

 private:
  void start(const passwd* user) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw system_error(errno, "pipe2");
    Fd reading{ends[0]};
    m_pipe = Fd{ends[1]};
    m_keeper = ::fork();
    if (m_keeper < 0)
      throw system_error(errno, "fork");
    if (m_keeper == 0) {
      ::setsid();  // Ctrl-C is for us; the keeper hears of it by the pipe
      ::dup2(reading.get(), STDIN_FILENO);
      const bool became = !user || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
      if (became)
        ::execl("/bin/sh", "sh", "-c", k_keeper, "keeper", m_programs.c_str(), m_directory.c_str(), nullptr);
      ::_exit(127);
    }
  }

  void wait_until_ready() {
    const std::string where = conninfo("postgres");
    for (int i = 0; i < 1200; ++i) {
      if (PQping(where.c_str()) == PQPING_OK)
        return;
      if (::waitpid(m_keeper, nullptr, WNOHANG) == m_keeper)
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    std::ifstream log{m_directory + "/log"};
    throw std::runtime_error{"PostgreSQL did not start in " + m_directory + ":\n" +
                             std::string{std::istreambuf_iterator<char>{log}, {}}};
  }

  std::string m_programs;
  std::string m_directory;
  Fd m_pipe;
  pid_t m_keeper = -1;
};

}  // namespace

store::Target fresh_database() {
  static Server server;
  static int number = 0;
  const std::string name = "test_" + std::to_string(++number);
  const auto session = store::open({store::Engine::postgres, server.conninfo("postgres")}, store::Access::read_write, "longshore/tests");
  session->exec("create database " + name + " template template0 encoding 'UTF8' locale 'C.UTF-8'");
  return {store::Engine::postgres, server.conninfo(name)};
}

}  // namespace longshore::test
