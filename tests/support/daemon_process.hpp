// Runs the built longshore as a separate process, which a test can kill, trace and suspend. The Pipeline provides its
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
  std::vector<std::string> words = {};                  // after `longshore run` and the flags of the Pipeline
  std::map<std::string, std::string> environment = {};  // in addition to ours, without our LONGSHORE_…
  std::vector<std::string> prefix = {};                 // a command that runs the daemon: {"strace", "-f", …}
};

class DaemonProcess {
 public:
  // Calls let_stand(), then starts the process. It appends its log to a file in the Pipeline's directory.
  explicit DaemonProcess(Pipeline& pipeline, const Start& start = {});
  // Kills the process and its children if it still runs.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;

  // The process id of longshore itself, also with a prefix.
  pid_t pid() const;
  void signal(int number) const;
  // Sends SIGSTOP and returns when all threads are stopped.
  void suspend() const;
  // Sends SIGCONT.
  void resume() const;
  // Sends SIGKILL and waits for the end.
  void kill();
  // Sends SIGTERM and returns the exit code, or 128 + N if signal N ended the process. Fails the test and kills the
  // process if it does not end in time.
  int stop(std::chrono::milliseconds patience = std::chrono::seconds{30});
  // The same without a signal.
  int wait(std::chrono::milliseconds patience = std::chrono::seconds{30});
  bool is_running();

  // The log of this process so far.
  std::string log() const;
  bool wait_for_log(const std::string& part, std::chrono::milliseconds patience = std::chrono::seconds{30}) const;

 private:
  bool m_has_prefix;
  std::streamoff m_log_begin = 0;
  std::string m_log_path;
  pid_t m_child = -1;  // -1 after its end
  int m_exit = -1;
};

}  // namespace longshore::test
