// The built longshore as a process of its own, so that it can be killed, traced and starved. The Pipeline gives its
// directories, database and settings.
#pragma once

#include "support/pipeline.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace longshore::test {

struct Start {
  std::vector<std::string> words = {};  // behind `longshore run`, after what the Pipeline's settings give
  std::map<std::string, std::string> environment = {};  // added to ours; no LONGSHORE_… of ours is handed on
  std::vector<std::string> prefix = {};                 // {"strace", "-f", …}: runs the daemon as its child
};

class DaemonProcess {
 public:
  // Starts it, after let_stand(); the log goes to a file of the Pipeline's directory, behind what earlier processes wrote.
  explicit DaemonProcess(Pipeline& pipeline, const Start& start = {});
  // Kills it with all its children if it still runs.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;

  // Of longshore itself, also behind a prefix.
  pid_t pid() const;
  void signal(int number) const;
  // SIGSTOP; returns when all its threads are stopped. SIGCONT.
  void suspend() const;
  void resume() const;
  // SIGKILL, and waits until it is gone.
  void kill();
  // SIGTERM; its exit code, 128 + N when signal N ended it. Fails the test, and kills it, when it does not end in time.
  int stop(std::chrono::milliseconds patience = std::chrono::seconds{30});
  // The same without a signal.
  int wait(std::chrono::milliseconds patience = std::chrono::seconds{30});
  bool is_running();

  // What this process has logged so far.
  std::string log() const;
  bool wait_for_log(const std::string& part, std::chrono::milliseconds patience = std::chrono::seconds{30}) const;

 private:
  bool m_has_prefix;
  std::streamoff m_log_begin = 0;
  std::string m_log_path;
  pid_t m_child = -1;  // -1: it has ended
  int m_exit = -1;
};

}  // namespace longshore::test
