// Repeats replays while a daemon loads files that share rows.
#include "cli/run_program.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/pipeline.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace longshore;
using namespace longshore::test;

namespace {

using Vehicles = std::set<int>;

std::string document(const Vehicles& vehicles) {
  std::string records;
  for (const int vehicle : vehicles)
    records += (records.empty() ? "" : ",") + event("v" + std::to_string(vehicle), "2022-06-05T21:02:34.546Z");
  return events(records);
}

// For each duplicate the ledger must know the file that has the row: the next replay needs it.
void check_overlaps(Pipeline& p, const std::map<std::string, Vehicles>& files) {
  std::map<std::string, std::string> holders;
  for (const std::string& row : p.rows("select vehicle_id, file_id from detection_events"))
    holders[row.substr(0, row.find('|'))] = row.substr(row.find('|') + 1);
  const auto overlaps = p.rows("select file_id, holder_file_id from ingest_overlap");
  const std::set<std::string> known{overlaps.begin(), overlaps.end()};
  for (const auto& [name, vehicles] : files) {
    const std::string id = p.one("select file_id from ingest_log where file_name = '" + name + "'");
    for (const int vehicle : vehicles) {
      const std::string& holder = holders["v" + std::to_string(vehicle)];
      CHECK_MESSAGE((holder == id || known.contains(id + "|" + holder)),
                    name << " shares v" << vehicle << " of " << holder);
    }
  }
}

}  // namespace

TEST_SUITE("replay") {
  TEST_CASE("O05: replays while a daemon loads overlapping files produce the tables of an undisturbed run") {
    std::mt19937 random{11};
    std::map<std::string, Vehicles> files;
    for (int i = 0; i < 24; ++i) {
      Vehicles vehicles;
      for (int n = i % 5 == 0 ? 120 : 15; n > 0; --n)  // one file in five is large
        vehicles.insert(static_cast<int>(random() % 200));
      files["objects_detection_" + std::to_string(i) + ".json"] = vehicles;
    }
    on_each_store([&](const store::Target& target) {
      const auto settings = [](Pipeline& p) {
        p.config.batch_files = 3;
        p.config.large_file = 6000;
        p.config.window_bytes = 3000;
      };
      Pipeline undisturbed{fresh_like(target)};
      settings(undisturbed);
      for (const auto& [name, vehicles] : files)
        undisturbed.drop(name, document(vehicles));
      CHECK(undisturbed.run_once() == Exit::ok);

      Pipeline p{target};
      settings(p);
      p.config.once = false;
      p.config.loaders = target.engine == store::Engine::postgres ? 3 : 1;
      DaemonProcess daemon{p};
      REQUIRE(daemon.wait_for_log("watches"));
      std::atomic<bool> all_loaded = false;
      std::vector<Finished> replays;
      std::thread operator_at_work{[&] {
        // the last replay starts after all files are loaded
        for (bool again = true; again;) {
          again = !all_loaded;
          replays.push_back(
              run_longshore({"replay", "--feed", "objects_detection", "--database", p.config.database, "--landing",
                             p.config.landing, "--batch-files", "4", "--window-bytes", "3000"}));
        }
      }};
      for (const auto& [name, vehicles] : files) {
        p.drop(name, document(vehicles));
        std::this_thread::yield();
      }
      CHECK(eventually([&] { return p.one("select count(*) from ingest_log where status = 'loaded'") == "24"; }));
      all_loaded = true;
      operator_at_work.join();
      CHECK(eventually([&] { return p.files("processed").size() == 24; }));
      CHECK(daemon.stop() == 0);

      CHECK(replays.size() > 1);
      for (const Finished& replay : replays)
        CHECK_MESSAGE(replay.exit == 0, replay.err);
      CHECK(p.data() == undisturbed.data());
      CHECK(p.one("select min(attempt) from ingest_log") != "1");
      check_overlaps(p, files);
      p.check_books();
    });
  }
}
