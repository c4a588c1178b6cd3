#include "system/running.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"

#include <doctest/doctest.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace longshore::test {
namespace {

bool is_routed(const std::string& name) { return name.starts_with("objects_detection_") && name.ends_with(".json"); }

}  // namespace

std::string document(std::string_view vehicle, int records) {
  std::string all;
  for (int i = 0; i < records; ++i) {
    std::string time = "2022-06-05T21:02:34.000000Z";
    const std::string micros = std::to_string(1'000'000 + i);
    time.replace(20, 6, micros.substr(1));
    all += (i ? "," : "") + event(vehicle, time);
  }
  return events(all);
}

std::string routed(std::string_view name) { return "objects_detection_" + std::string{name} + ".json"; }

store::Target sqlite_in(const ScratchDirectory& directory) {
  return {store::Engine::sqlite, directory / "longshore.db"};
}

bool all_settled(Pipeline& p, std::size_t files, std::chrono::milliseconds patience) {
  return eventually(
      [&] {
        try {
          for (const std::string& path : p.files("landing"))
            if (is_routed(std::filesystem::path{path}.filename()))
              return false;
          return p.one("select count(*) from ingest_log where status <> 'loading'") == std::to_string(files);
        } catch (const std::exception&) {  // a directory was just removed, or the database is locked
          return false;
        }
      },
      patience);
}

std::vector<std::string> outcomes(Pipeline& p) {
  return p.rows("select file_name, status, rows_loaded from ingest_log order by file_name, file_id");
}

Running::Running(Pipeline& p, const Start& start) : DaemonProcess((p.config.once = false, p), start) {
  REQUIRE_MESSAGE(eventually([&] { return log().find(" watches ") != std::string::npos || !is_running(); }), log());
  REQUIRE_MESSAGE(is_running(), log());
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string landing_path(const Pipeline& p, const std::string& name) { return p.config.landing + "/" + name; }

std::string sha256_of_file(const std::string& path) { return Sha256::of(content_of(path)); }

long process_status(pid_t process, const std::string& name) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":"))
      return std::stol(line.substr(name.size() + 1));
  return 0;
}

}  // namespace longshore::test
