// Delivers one notice once: to a program, or to an HTTP server. Neither function throws; a failure is in the Attempt.
// Both block until they are done, out of time or cancelled.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace longshore::notify {

struct Attempt {
  std::string fault = {};  // "": delivered
  bool may_retry = false;  // a later attempt may succeed
};

// Called several times a second; true aborts the attempt.
using IsCancelled = std::function<bool()>;

inline constexpr const char* k_cancelled = "no time left, longshore is stopping";
inline constexpr std::chrono::seconds k_command_timeout{30};

// Starts the program without a shell and without arguments, and waits for it. Its standard input is a file with the
// JSON, standard output is discarded, `variables` ("NAME=value") are added to its environment. It gets its own process
// group and inherits no descriptor and no signal mask. After k_command_timeout it is killed with its group. Exit code 0
// is success, 75 asks for a retry. The fault includes the last line of its standard error.
Attempt run_command(const std::string& program, const std::string& json, const std::vector<std::string>& variables,
                    const IsCancelled& is_cancelled);

// POSTs the JSON, within 10 s, with the proxies of the environment. The URL is a secret and appears in no message. A
// status of 2xx is success; 5xx, 408, 429 and a failed connection may be retried.
Attempt post(const std::string& url, const std::string& json, const IsCancelled& is_cancelled);

}  // namespace longshore::notify
