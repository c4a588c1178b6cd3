// A feed with a column of each type, two feeds that read its export back, and the command.
#pragma once

#include "cli/operating.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/rows.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace longshore::test {

using Lines = std::vector<std::string>;

inline constexpr auto k_things = R"toml(
name    = "things"
files   = ["things_*.json"]
records = [""]
table   = "things"
key     = ["id", "at"]
latest  = { table = "thing", key = ["id"], newest = "at" }
columns = [
  { name = "id", from = "/id", type = "bigint" },
  { name = "note", from = "/note", type = "text", required = false },
  { name = "at", from = "/at", type = "timestamp" },
  { name = "day", from = "/day", type = "date", required = false },
  { name = "n", from = "/n", type = "integer", required = false },
  { name = "x", from = "/x", type = "double", required = false },
  { name = "price", from = "/price", type = "numeric(12,2)", required = false },
  { name = "ok", from = "/ok", type = "boolean", required = false },
  { name = "tags", from = "/tags/*", type = "text[]", required = false },
  { name = "seen", from = "/seen/*", type = "timestamp[]", required = false },
  { name = "more", from = "/more", type = "jsonb", required = false },
]
)toml";

// The same columns without those that CSV cannot have.
inline constexpr auto k_rows = R"toml(
name    = "rows"
files   = ["rows_*.csv"]
format  = "csv"
table   = "rows_back"
key     = ["id", "at"]
columns = [
  { name = "id", from = "/id", type = "bigint" },
  { name = "note", from = "/note", type = "text", required = false },
  { name = "at", from = "/at", type = "timestamp" },
  { name = "day", from = "/day", type = "date", required = false },
  { name = "n", from = "/n", type = "integer", required = false },
  { name = "x", from = "/x", type = "double", required = false },
  { name = "price", from = "/price", type = "numeric(12,2)", required = false },
  { name = "ok", from = "/ok", type = "boolean", required = false },
]
)toml";

inline constexpr auto k_things_again = R"(
name    = "again"
files   = ["again_*.ndjson"]
records = [""]
table   = "things_again"
)";

// The declarations in a directory for the command, and the registry of the daemon.
struct Exporting {
  explicit Exporting(const store::Target& target) : p{target, registry_of(feeds())} {
    p.config.feeds = p.scratch / "feeds.d";
    std::filesystem::create_directories(p.config.feeds);
    write_file(p.config.feeds + "/things.toml", k_things);
    write_file(p.config.feeds + "/rows.toml", k_rows);
    write_file(p.config.feeds + "/again.toml", again());
  }

  static std::string again() {
    const std::string things = k_things;
    return k_things_again +
           things.substr(things.find("key  "))
               .erase(things.find("latest") - things.find("key  "), things.find("columns") - things.find("latest"));
  }
  static std::vector<Feed> feeds() {
    return {parse_feed(k_things, "things.toml"), parse_feed(k_rows, "rows.toml"), parse_feed(again(), "again.toml")};
  }

  Finished run(std::vector<std::string> words, const std::map<std::string, std::string>& environment = {}) const {
    words.insert(words.begin(), "export");
    words.insert(words.end(), {"--database", p.config.database, "--feeds", p.config.feeds});
    return run_longshore(words, environment);
  }
  void load(const std::string& name, const std::string& content) {
    p.drop(name, content);
    REQUIRE(p.run_once() == Exit::ok);
  }
  // Three days, in an order that is none of the table's.
  void load_three_days() {
    load("things_1.json", R"({"id":2,"at":"2026-01-03T23:59:59.999999Z"}
{"id":1,"at":"2026-01-02T00:00:00Z","day":"2026-01-02"}
{"id":3,"at":"2026-01-01T12:00:00Z","day":"2026-01-01"}
{"id":1,"at":"2026-01-03T00:00:00Z"}
)");
  }
  std::string out(const std::string& name) const { return p.scratch / name; }

  Pipeline p;
};

inline const std::string k_odd_records =
    R"({"id":1,"at":"2026-01-01T00:00:00.000001Z","note":"a, \"b\"\nc\r\nü€🚗\\ ","day":"2026-01-02","n":-5,"x":1e300,)"
    R"("price":12.30,"ok":true,"tags":["a,b","\""],"seen":["2026-01-01T00:00:00Z"],"more":{"k":[1,null,"x\"y"]}})"
    "\n"
    R"({"id":2,"at":"2026-01-01T00:00:00Z","x":-0.1,"price":-0.05,"ok":false,"tags":[],"more":null})"
    "\n"
    R"({"id":3,"at":"0001-01-01T00:00:00Z","note":" x ","n":2147483647,"tags":["ü"],"more":"text"})"
    "\n"
    R"({"id":9223372036854775807,"at":"2025-12-31T23:59:59.999999Z"})"
    "\n";

inline std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Everything below a directory, sorted.
inline Lines tree(const std::string& directory) {
  Lines found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory})
    found.push_back(std::filesystem::relative(entry.path(), directory));
  std::ranges::sort(found);
  return found;
}

inline void exec(const store::Target& target, const std::string& sql) {
  store::open(target, store::Access::read_write, "longshore/tests")->exec_script(sql);
}

}  // namespace longshore::test
