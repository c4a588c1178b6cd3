// Helpers of this folder: documents, a running daemon, and its ledger.
#pragma once

#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/pipeline.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace longshore::test {

using namespace std::chrono_literals;

// A document with `records` events of this vehicle.
std::string document(std::string_view vehicle, int records = 1);
// "objects_detection_NAME.json".
std::string routed(std::string_view name);

// An SQLite file in its own directory, so that a test may damage either of them.
store::Target sqlite_in(const ScratchDirectory& directory);

// Fixture: a pipeline with an SQLite file.
struct OnSqlite {
  ScratchDirectory directory;  // of the SQLite file
  Pipeline p{sqlite_in(directory)};
};

// Waits until the ledger has this number of files with a final status, and no routed file is in landing or .work.
bool all_settled(Pipeline& p, std::size_t files, std::chrono::milliseconds patience = 30s);
// The rows of the ledger, sorted: "objects_detection_1.json|loaded|1".
std::vector<std::string> outcomes(Pipeline& p);

// Starts a daemon and returns when it watches the landing directory.
struct Running : DaemonProcess {
  explicit Running(Pipeline& p, const Start& start = {});
};

// Writes the file in place, with one write.
void write_file(const std::string& path, std::string_view content);
std::string content_of(const std::string& path);
std::string landing_path(const Pipeline& p, const std::string& name);
std::string sha256_of_file(const std::string& path);

// A number of /proc/PID/status: "VmHWM" in kB.
long process_status(pid_t process, const std::string& name);

}  // namespace longshore::test
