// What the daemon reports to systemd. A socket of the test takes the place of NOTIFY_SOCKET.
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

  // All messages received so far, one per line.
  const std::string& received() {
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0)) > 0;)
      m_received.append(buffer.data(), static_cast<std::size_t>(n)) += '\n';
    return m_received;
  }
  bool receives(const std::string& text) {
    return eventually([&] { return received().find(text) != std::string::npos; });
  }
  std::size_t count(const std::string& text) {
    std::size_t count = 0;
    const std::string& all = received();
    for (std::size_t at = 0; (at = all.find(text, at)) != std::string::npos; ++at)
      ++count;
    return count;
  }
  void clear() {
    received();
    m_received.clear();
  }

 private:
  std::string m_path;
  Fd m_socket;
  std::string m_received;
};

}  // namespace

TEST_CASE("the status line shows what the daemon does or waits for") {
  Situation s;
  CHECK(status_line(s) == "idle");
  s.running_jobs = 2;
  CHECK(status_line(s) == "loading");
  s.reading_file = "objects_detection_1.json";
  s.reading_share = 0.414;
  s.files_waiting = 12345;
  CHECK(status_line(s) == "loading objects_detection_1.json, 41 %; 12,345 files waiting");
  s.database_outage = "database: connection refused\nIs the server running?";
  s.files_waiting = 1;
  CHECK(status_line(s).starts_with("waiting for the database: database: connection refused"));
  CHECK(status_line(s).find('\n') == std::string::npos);
  CHECK(status_line(s).ends_with("; 1 file waiting"));
  s.stuck_file = "objects_detection_2.json";
  CHECK(status_line(s).starts_with("objects_detection_2.json is stuck"));
  s.is_stopping = true;
  CHECK(status_line(s).starts_with("stopping: 2 jobs running"));
}

TEST_CASE_ON_EACH_STORE("systemd is notified of start, watchdog, reload and stop") {
  Pipeline p{target};
  p.config.once = false;
  NotifySocket systemd{p.scratch};
  DaemonProcess daemon{p, {.environment = systemd.environment("200000")}};
  CHECK(systemd.receives("READY=1\nWATCHDOG=1\nSTATUS=idle\n"));
  const std::size_t pings = systemd.count("WATCHDOG=1");
  CHECK(eventually([&] { return systemd.count("WATCHDOG=1") >= pings + 5; }));

  systemd.clear();
  daemon.signal(SIGHUP);
  CHECK(systemd.receives("RELOADING=1\nMONOTONIC_USEC="));
  // a reload may migrate tables, and no ping is sent during a migration
  CHECK(systemd.receives("\nWATCHDOG_USEC=86400000000\n"));
  CHECK(systemd.receives("READY=1\nWATCHDOG_USEC=200000\n"));

  CHECK(daemon.stop() == 0);
  CHECK(systemd.receives("STOPPING=1"));
}

TEST_CASE("without a watchdog an idle daemon sends nothing") {
  Pipeline p{fresh_database()};
  p.config.once = false;
  NotifySocket systemd{p.scratch};
  const Running daemon{p, {.environment = systemd.environment()}};
  REQUIRE(systemd.receives("READY=1\nSTATUS=idle"));
  systemd.clear();
  std::this_thread::sleep_for(1500ms);
  CHECK(systemd.received().empty());
}

TEST_CASE("a daemon that waits for its database is ready, pings the watchdog and reports what it waits for") {
  ProxiedPipeline with{ProxiedPipeline::Tables::none};
  with.p.config.once = false;
  with.proxy.swallow(true);
  NotifySocket systemd{with.p.scratch};
  DaemonProcess daemon{with.p, {.environment = systemd.environment("400000")}};
  CHECK(systemd.receives("READY=1\nWATCHDOG_USEC=86400000000\n"));
  CHECK(systemd.receives("STATUS=waiting for the database: "));
  const std::size_t pings = systemd.count("WATCHDOG=1");
  CHECK(eventually([&] { return systemd.count("WATCHDOG=1") >= pings + 2; }));
  with.proxy.swallow(false);
  CHECK(systemd.receives("WATCHDOG_USEC=400000\nWATCHDOG=1\nSTATUS=idle"));
  CHECK(daemon.stop() == 0);
}
