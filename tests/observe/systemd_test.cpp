// The daemon under a service manager: a socket of ours stands for systemd's.
#include "observe/systemd.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/each_store.hpp"
#include "support/proxied_pipeline.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>

#include <sys/socket.h>
#include <sys/un.h>

using namespace longshore;
using namespace longshore::test;
using observe::Situation;
using observe::status_line;

namespace {

class NotifySocket {
 public:
  explicit NotifySocket(const ScratchDirectory& directory) : m_path((directory.path() / "notify").string()) {
    m_socket = Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    m_path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  std::map<std::string, std::string> environment(const std::string& watchdog_micros = "") const {
    std::map<std::string, std::string> variables{{"NOTIFY_SOCKET", m_path}};
    if (!watchdog_micros.empty())
      variables["WATCHDOG_USEC"] = watchdog_micros;
    return variables;
  }

  // All that was told so far, a message a line.
  const std::string& heard() {
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0)) > 0;)
      m_heard.append(buffer.data(), static_cast<std::size_t>(n)) += '\n';
    return m_heard;
  }
  bool hears(const std::string& text) {
    return eventually([&] { return heard().find(text) != std::string::npos; });
  }
  std::size_t count(const std::string& text) {
    std::size_t count = 0;
    const std::string& all = heard();
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at)
      ++count;
    return count;
  }
  void forget() {
    heard();
    m_heard.clear();
  }

 private:
  std::string m_path;
  Fd m_socket;
  std::string m_heard;
};

}  // namespace

TEST_CASE("the status line says what is done, or what is waited for") {
  Situation s;
  CHECK(status_line(s) == "idle");
  s.jobs = 2;
  CHECK(status_line(s) == "loading");
  s.file = "objects_detection_1.json";
  s.share = 0.414;
  s.files_waiting = 12345;
  CHECK(status_line(s) == "loading objects_detection_1.json, 41 %; 12,345 files wait");
  s.outage = "database: connection refused\nIs the server running?";
  s.files_waiting = 1;
  CHECK(status_line(s).starts_with("waiting for the database: database: connection refused"));
  CHECK(status_line(s).find('\n') == std::string::npos);
  CHECK(status_line(s).ends_with("; 1 file waits"));
  s.stuck = "objects_detection_2.json";
  CHECK(status_line(s).starts_with("objects_detection_2.json is stuck"));
  s.is_stopping = true;
  CHECK(status_line(s).starts_with("stopping: 2 jobs are under way"));
}

TEST_CASE_ON_EACH_STORE("a service manager hears that the daemon is ready, lives, takes new settings and stops") {
  Pipeline p{target};
  p.config.once = false;
  NotifySocket systemd{p.scratch};
  DaemonProcess daemon{p, {.environment = systemd.environment("200000")}};
  CHECK(systemd.hears("READY=1\nWATCHDOG=1\nSTATUS=idle\n"));
  const std::size_t fed = systemd.count("WATCHDOG=1");
  CHECK(eventually([&] { return systemd.count("WATCHDOG=1") >= fed + 5; }));

  systemd.forget();
  daemon.signal(SIGHUP);
  CHECK(systemd.hears("RELOADING=1\nMONOTONIC_USEC="));
  // tables may be changed meanwhile, and a migration feeds nobody
  CHECK(systemd.hears("\nWATCHDOG_USEC=86400000000\n"));
  CHECK(systemd.hears("READY=1\nWATCHDOG_USEC=200000\n"));

  CHECK(daemon.stop() == 0);
  CHECK(systemd.hears("STOPPING=1"));
}

TEST_CASE("without a watchdog nothing is told while nothing happens") {
  Pipeline p{fresh_database()};
  p.config.once = false;
  NotifySocket systemd{p.scratch};
  const Running daemon{p, {.environment = systemd.environment()}};
  REQUIRE(systemd.hears("READY=1\nSTATUS=idle"));
  systemd.forget();
  std::this_thread::sleep_for(1500ms);
  CHECK(systemd.heard().empty());
}

TEST_CASE("a daemon that waits for its database is ready, feeds the watchdog and says what it waits for") {
  ProxiedPipeline with{ProxiedPipeline::Tables::none};
  with.p.config.once = false;
  with.proxy.swallow(true);
  NotifySocket systemd{with.p.scratch};
  DaemonProcess daemon{with.p, {.environment = systemd.environment("400000")}};
  CHECK(systemd.hears("READY=1\nWATCHDOG_USEC=86400000000\n"));
  CHECK(systemd.hears("STATUS=waiting for the database: "));
  const std::size_t fed = systemd.count("WATCHDOG=1");
  CHECK(eventually([&] { return systemd.count("WATCHDOG=1") >= fed + 2; }));
  with.proxy.swallow(false);
  CHECK(systemd.hears("WATCHDOG_USEC=400000\nWATCHDOG=1\nSTATUS=idle"));
  CHECK(daemon.stop() == 0);
}
