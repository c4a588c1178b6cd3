// copy_rows --database CONNINFO [--table NAME] [--order window|file] [--connections N] FILE…
//
// COPY BINARY of the rows of the files, one transaction per file. Decoding, sorting in windows and encoding end before
// the clock starts: no program that writes these rows into this table can be much faster.
#include "pg.hpp"
#include "program.hpp"
#include "rows.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

using namespace longshore::rivals;

namespace {

using File = std::vector<std::string>;  // the parts of its COPY

std::vector<File> encoded(const Arguments& arguments) {
  std::vector<File> files;
  for (const std::string& path : arguments.files) {
    auto windows = rows_of(path);
    if (arguments.get("order", "window") == "window")
      for (auto& window : windows)
        window.sort();
    files.push_back(copy_parts(windows, static_cast<std::int64_t>(files.size()) + 1));
  }
  return files;
}

// Each connection takes the next free file.
void copy_all(const std::vector<File>& files, std::vector<Pg>& connections, const std::string& table) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  threads.reserve(connections.size());
  for (Pg& connection : connections)
    threads.emplace_back([&] {
      try {
        for (std::size_t i = next++; i < files.size(); i = next++) {
          connection.exec("begin");
          connection.copy(table, files[i]);
          connection.exec("commit");
        }
      } catch (...) {
        const std::lock_guard lock{mutex};
        failure = std::current_exception();
      }
    });
  threads.clear();
  if (failure)
    std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const std::vector<File> files = encoded(arguments);
    const longshore::Feed& feed = feed_of(arguments.files.at(0));
    const std::string table = arguments.get("table", feed.table) + " (" + columns_of(feed) + ")";
    std::vector<Pg> connections;
    for (int i = 0; i < std::stoi(arguments.get("connections", "1")); ++i)
      connections.emplace_back(arguments.get("database"));
    const Clock clock;
    copy_all(files, connections, table);
    std::printf("{\"seconds\": %.6f}\n", clock.seconds());
  });
}
