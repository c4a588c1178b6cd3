// Each server has a shell that reads a pipe from this process. When the pipe closes, also by a crash, the shell stops
// the server and removes its directory. After a failed test this process writes "keep", and the directory stays.
#include "support/postgres_server.hpp"

#include "base/error.hpp"
#include "support/scratch_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::test {
namespace {

namespace fs = std::filesystem;

// $1: directory of the programs, $2: directory of the server
constexpr auto k_keeper = R"sh(
read verdict
"$1/pg_ctl" -D "$2/data" -m immediate stop >>"$2/log" 2>&1
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
  throw std::runtime_error{"root cannot run PostgreSQL, and neither of the users postgres and nobody exists"};
}

// In a child process: changes to the server's user and executes a program, with its output in a file.
[[noreturn]] void become(const passwd* user, std::vector<std::string> words, const std::string& output) {
  ::setsid();  // Ctrl-C ends only this process
  const bool became =
      !user || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  if (became && out >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(out, STDERR_FILENO) >= 0 && ::chdir("/") == 0)
    ::execv(argv[0], argv.data());
  ::_exit(127);
}

pid_t forked() {
  const pid_t child = ::fork();
  if (child < 0)
    throw system_error(errno, "fork");
  return child;
}

// A port that is free now. Another process may take it before the server starts.
int free_port() {
  const Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw system_error(errno, "find a free port");
  return ntohs(address.sin_port);
}

}  // namespace

PostgresServer::PostgresServer(std::vector<std::string> settings, const std::vector<std::string>& initdb)
    : m_programs(programs()), m_settings(std::move(settings)), m_port(free_port()) {
  std::string name = fs::temp_directory_path() / "longshore-pg-XXXXXX";
  if (!::mkdtemp(name.data()))
    throw system_error(errno, "mkdtemp " + name);
  m_directory = name;
  const passwd* user = unprivileged();
  if (user && ::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0)
    throw system_error(errno, "chown " + name);
  keep();
  std::vector<std::string> words = {"--pgdata=" + data(), "--username=longshore", "--auth=trust",
                                    "--no-sync",          "--encoding=UTF8",      "--locale=C.UTF-8"};
  words.insert(words.end(), initdb.begin(), initdb.end());
  run("initdb", words);
}

PostgresServer::~PostgresServer() {
  if (any_test_failed()) {
    std::fprintf(stderr, "kept: %s (%s/postgres -D %s/data -k %s)\n", m_directory.c_str(), m_programs.c_str(),
                 m_directory.c_str(), m_directory.c_str());
    [[maybe_unused]] const auto written = ::write(m_pipe.get(), "keep\n", 5);
  }
  m_pipe.reset();
  ::waitpid(m_keeper, nullptr, 0);
}

void PostgresServer::keep() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw system_error(errno, "pipe2");
  const Fd reading{ends[0]};
  m_pipe = Fd{ends[1]};
  m_keeper = forked();
  if (m_keeper == 0) {
    ::dup2(reading.get(), STDIN_FILENO);
    become(unprivileged(), {"/bin/sh", "-c", k_keeper, "keeper", m_programs, m_directory}, m_directory + "/log");
  }
}

void PostgresServer::start() {
  std::string options = "-k " + m_directory + " -p " + std::to_string(m_port) +
                        " -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=50"
                        " -c max_prepared_transactions=5 -c deadlock_timeout=200ms";
  for (const std::string& setting : m_settings)
    options += " -c " + setting;
  run("pg_ctl", {"-D", data(), "-w", "-t", "60", "-s", "-l", m_directory + "/log", "-o", options, "start"});
}

void PostgresServer::stop(const std::string& mode) { run("pg_ctl", {"-D", data(), "-w", "-s", "-m", mode, "stop"}); }

bool PostgresServer::is_running() const { return fs::exists(data() + "/postmaster.pid"); }

pid_t PostgresServer::postmaster() const {
  pid_t pid = 0;
  std::ifstream{data() + "/postmaster.pid"} >> pid;
  return pid;
}

std::string PostgresServer::conninfo(const std::string& database) const {
  return "host=" + m_directory + " port=" + std::to_string(m_port) + " user=longshore dbname=" + database;
}

std::string PostgresServer::tcp_conninfo(const std::string& database) const {
  return "host=127.0.0.1 port=" + std::to_string(m_port) + " user=longshore dbname=" + database;
}

store::Target PostgresServer::fresh_database() {
  const std::string name = "test_" + std::to_string(++m_databases);
  exec("create database " + name + " template template0 encoding 'UTF8' locale 'C.UTF-8'");
  return {store::Engine::postgres, conninfo(name)};
}

store::Rows PostgresServer::exec(const std::string& sql, const std::string& database) const {
  return store::open({store::Engine::postgres, conninfo(database)}, store::Access::read_write, "longshore/tests")
      ->exec(sql);
}

std::string PostgresServer::log() const {
  std::ifstream file{m_directory + "/log"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void PostgresServer::run_script(const std::string& path, const std::string& database,
                                const std::vector<std::string>& words) const {
  const std::string copy = m_directory + "/script.sql";  // the user of the server may not read `path`
  fs::copy_file(path, copy, fs::copy_options::overwrite_existing);
  std::vector<std::string> all{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo(database), "-f", copy};
  all.insert(all.begin(), words.begin(), words.end());
  run("psql", all);
}

void PostgresServer::run(const std::string& name, const std::vector<std::string>& words) const {
  std::vector<std::string> all{m_programs + "/" + name};
  all.insert(all.end(), words.begin(), words.end());
  const pid_t child = forked();
  if (child == 0)
    become(unprivileged(), std::move(all), m_directory + "/log");
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0)
    throw std::runtime_error{name + " failed in " + m_directory + ":\n" + log()};
}

store::Target fresh_database() {
  static PostgresServer server;
  if (!server.is_running())
    server.start();
  return server.fresh_database();
}

}  // namespace longshore::test
