// Replays of loaded files after their feed or their archive has changed.
#include "admin/replaying.hpp"
#include "store/migrate.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace fs = std::filesystem;

namespace {

// A document with two lists of records: the feed reads the first, the corrected feed reads "/corrected".
std::string either(const std::string& envelope, const std::string& records, const std::string& corrected) {
  return "{\"" + envelope + "\":[" + records + "],\"corrected\":[" + corrected + "]}";
}
std::string either(const std::string& records, const std::string& corrected) {
  return either("objects_detection_events", records, corrected);
}
std::string both(const std::string& records) { return either(records, records); }

Registry with(const Registry& registry, const std::string& feed_name, const std::function<void(Feed&)>& change) {
  std::vector<Feed> feeds = registry.feeds();
  for (Feed& feed : feeds)
    if (feed.name == feed_name) {
      change(feed);
      complete(feed);
    }
  return Registry{std::move(feeds)};
}

Registry corrected(const Registry& registry, const std::string& feed_name) {
  return with(registry, feed_name, [](Feed& feed) { feed.records = {"/corrected"}; });
}

std::string refusal_of(Pipeline& p, const Ids& ids, const Registry& registry) {
  const Lines before = everything(p);
  std::string text;
  try {
    replay(p, ids, registry);
    FAIL("the replay was not refused");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::bad_data);
    text = std::string{error.what()} + "; hint: " + error.hint();
  }
  CHECK(everything(p) == before);
  return text;
}

void write(const std::string& path, const std::string& content) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
}

std::string place_of(Pipeline& p, int file_id) {
  return p.scratch / p.one("select archive_path from ingest_log where file_id = " + std::to_string(file_id));
}

}  // namespace

TEST_SUITE("replay") {
  TEST_CASE_ON_EACH_STORE("a replay loads the rejects of a file after its feed accepts longer texts") {
    Pipeline p{target};
    const std::string longer(300, 'v');
    load(p, "objects_detection_1.json", events(event(longer, k_time) + "," + event("b", k_time)));
    CHECK(p.one("select status, rows_loaded, rows_rejected from ingest_log") == "partial|1|1");

    replay(p, {1}, with(p.registry, "objects_detection", [](Feed& feed) { feed.columns[0].max_length = 1000; }));

    CHECK(p.one("select status, attempt, records, rows_loaded, rows_duplicate, rows_rejected from ingest_log") ==
          "loaded|2|2|2|0|0");
    CHECK(p.rows("select * from ingest_rejects").empty());
    CHECK(p.rows("select vehicle_id, file_id from detection_events order by 1") == Lines{"b|1", longer + "|1"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "a replay fills a column that was added to the feed, also for the files that share rows with the replayed file") {
    const auto record = [](const std::string& vehicle) {
      return R"({"weather":"rain",)" + event(vehicle, k_time).substr(1);
    };
    const std::vector<std::pair<std::string, std::string>> files = {
        {"objects_detection_1.json", events(record("a") + "," + record("b"))},
        {"objects_detection_2.json", events(record("b") + "," + record("c"))},
        {"objects_detection_3.json", events(record("c") + "," + record("d"))},
    };
    Pipeline p{target};
    for (const auto& [name, content] : files)
      load(p, name, content);
    const Registry wider = with(p.registry, "objects_detection", [](Feed& feed) {
      Column& weather = feed.columns.emplace_back();
      weather.name = "weather";
      weather.required = false;
      weather.from = {"/weather"};
    });
    store::migrate(*store::open(target, store::Access::read_write, "longshore/test"), wider);

    replay(p, {1}, wider);

    Pipeline fresh{fresh_like(target), wider};
    for (const auto& [name, content] : files)
      load(fresh, name, content);
    CHECK(p.data() == fresh.data());
    CHECK(p.rows("select vehicle_id, weather, file_id from detection_events order by 1") ==
          Lines{"a|rain|1", "b|rain|1", "c|rain|2", "d|rain|3"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a row that the replayed file no longer contains is kept for another file that contains it") {
    Pipeline p{target};
    const std::string shared = event("b", k_time) + "," + event("c", k_time);
    load(p, "objects_detection_1.json", either(event("a", k_time) + "," + shared, event("z", k_time)));
    load(p, "objects_detection_2.json", both(shared));
    load(p, "objects_detection_3.json", both(event("c", k_time) + "," + event("d", k_time)));
    const Lines first = p.rows("select * from ingest_overlap order by 1, 2");
    CHECK(first == Lines{"2|1|2", "3|1|1"});
    const Lines before = p.data();

    replay(p, {1}, corrected(p.registry, "objects_detection"));

    CHECK(p.rows("select vehicle_id, file_id from detection_events order by 1") == Lines{"b|2", "c|2", "d|3", "z|1"});
    CHECK(p.rows("select * from ingest_overlap order by 1, 2") == Lines{"3|2|1"});
    p.check_books();

    // the first declaration again: no file shares rows with file 1 now, but its rows return
    replay(p, {1}, p.registry);
    CHECK(p.data() == before);
    CHECK(p.rows("select * from ingest_overlap order by 1, 2") == Lines{"1|2|2", "3|2|1"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "files that share rows in a chain are replayed together, and each row belongs to a file that contains it") {
    Pipeline p{target};
    // file 1 holds r, which file 2 has too; file 2 holds s, which file 3 has
    const std::string r = event("r", k_time);
    const std::string s = event("s", k_time);
    load(p, "objects_detection_1.json", either(r, event("z", k_time)));
    load(p, "objects_detection_2.json", either(r + "," + s, event("y", k_time)));
    load(p, "objects_detection_3.json", both(r + "," + s));

    replay(p, {1}, corrected(p.registry, "objects_detection"));

    CHECK(p.rows("select vehicle_id, file_id from detection_events order by 1") == Lines{"r|3", "s|3", "y|2", "z|1"});
    CHECK(p.rows("select * from ingest_overlap").empty());
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("if a replay removes the newest status of a vehicle, the previous one becomes the latest") {
    Pipeline p{target};
    load(p, "vehicles_status_1.json",
         R"({"vehicle_status":[)" + status("a", "2024-01-01T00:00:00Z", "parking") + "," +
             status("a", "2024-01-02T00:00:00Z", "driving") + "," + status("b", "2024-01-01T00:00:00Z", "parking") +
             "]}");
    load(p, "vehicles_status_2.json",
         either("vehicle_status",
                status("a", "2024-01-03T00:00:00Z", "accident") + "," +
                    status("only", "2024-01-03T00:00:00Z", "accident"),
                status("b", "2024-01-05T00:00:00Z", "driving")));
    CHECK(p.rows("select vehicle_id, status, file_id from vehicle_status order by 1") ==
          Lines{"a|accident|2", "b|parking|1", "only|accident|2"});

    replay(p, {2}, corrected(p.registry, "vehicles_status"));

    CHECK(p.rows("select vehicle_id, report_time, status, file_id from vehicle_status order by 1") ==
          Lines{"a|2024-01-02T00:00:00.000000Z|driving|1", "b|2024-01-05T00:00:00.000000Z|driving|2"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a repeated replay changes nothing if the feed has not changed") {
    Pipeline p{target};
    p.config.window_bytes = 100;  // one or two rows per window
    load_five(p);
    const Lines before = p.data();
    const Lines holders = p.rows("select vehicle_id, file_id from detection_events order by 1");
    const Lines overlaps = p.rows("select * from ingest_overlap order by 1, 2");
    for (int attempt = 2; attempt < 4; ++attempt) {
      replay(p, {1, 5}, p.registry);
      CHECK(p.data() == before);
      CHECK(p.rows("select vehicle_id, file_id from detection_events order by 1") == holders);
      CHECK(p.rows("select * from ingest_overlap order by 1, 2") == overlaps);
      CHECK(p.one("select count(distinct record_no) from ingest_rejects") == "1");
      // file 4 shares no rows
      CHECK(p.rows("select attempt from ingest_log order by file_id") ==
            Lines{std::to_string(attempt), std::to_string(attempt), std::to_string(attempt), "1",
                  std::to_string(attempt)});
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE(
      "a replay needs the declaration in force, and finds old rows if the time column is another than at the load") {
    const auto record = [](const std::string& vehicle, const std::string& seen, const std::string& sent) {
      return R"({"vehicle_id":")" + vehicle + R"(","seen":")" + seen + R"(","sent":")" + sent + "\"}";
    };
    const auto feed = [](const std::string& newest) {
      return registry_of({parse_feed(R"(
name = "sightings"
files = ["sightings_*.json"]
records = [""]
table = "sightings"
key = ["vehicle_id", "seen", "sent"]
columns = [ { name = "vehicle_id", from = "/vehicle_id", type = "text" }, { name = "seen", from = "/seen", type = "timestamp" },
          { name = "sent", from = "/sent", type = "timestamp" } ]
latest = { table = "last_sighting", key = ["vehicle_id"], newest = ")" +
                                         newest + "\" }\n",
                                     "test")});
    };
    Pipeline p{target, feed("seen")};
    load(p, "sightings_1.json",
         "[" + record("a", "2024-01-01T00:00:00Z", "2024-02-02T00:00:00Z") + "," +
             record("a", "2024-01-02T00:00:00Z", "2024-02-01T00:00:00Z") + "]");
    CHECK(p.one("select seen from last_sighting") == "2024-01-02T00:00:00.000000Z");

    const Lines before = p.rows("select * from sightings order by 1, 2, 3");
    const auto other = store::open(target, store::Access::read_write, "longshore/test");
    try {
      replay(p, {1}, feed("sent"));
      FAIL("the replay was not refused");
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::config);
      CHECK(std::string{error.what()}.starts_with(
          "feed \"sightings\" cannot be replayed: this process has its declaration from test, the database has another one from test"));
    }
    CHECK(p.rows("select * from sightings order by 1, 2, 3") == before);

    store::migrate(*other, feed("sent"));
    replay(p, {1}, feed("sent"));

    CHECK(p.one("select count(*) from sightings") == "2");
    CHECK(p.one("select rows_loaded, rows_duplicate, first_time from ingest_log") == "2|0|2024-02-01T00:00:00.000000Z");
    CHECK(p.one("select seen from last_sighting") == "2024-01-01T00:00:00.000000Z");
  }

  TEST_CASE_ON_EACH_STORE("F24: a replay names a missing copy and changes nothing") {
    Pipeline p{target};
    load_five(p);
    fs::remove(place_of(p, 3));
    for (const Ids& ids : {Ids{3}, Ids{1}}) {  // the file itself, and a file that shares rows with it
      const std::string text = refusal_of(p, ids, p.registry);
      CHECK(
          text.starts_with("file 3 (objects_detection_3.json) cannot be replayed: its archived copy does not exist: " +
                           (p.scratch / "processed/")));
      CHECK(text.find("longshore replay --feed objects_detection --keep-going") != std::string::npos);
    }
    replay(p, {4}, p.registry);  // shares no rows with file 3
    CHECK(p.one("select attempt from ingest_log where file_id = 4") == "2");
  }

  TEST_CASE_ON_EACH_STORE("X01: a replay refuses a copy with other content, of the same size or not, readable or not") {
    Pipeline p{target};
    load_five(p);
    const std::string place = place_of(p, 2);
    const auto size = fs::file_size(place);
    const std::string original = events(event("b", k_time) + "," + event("c", k_time));
    std::string other = original;
    other[other.find("\"c\"") + 1] = 'k';
    write(place, other);
    REQUIRE(fs::file_size(place) == size);
    CHECK(refusal_of(p, {1}, p.registry).find("(its sha256 differs from the ledger)") != std::string::npos);
    write(place, std::string(size, '!'));
    CHECK(refusal_of(p, {2}, p.registry).find("(its sha256 differs from the ledger)") != std::string::npos);
    write(place, original + " ");
    CHECK(refusal_of(p, {2}, p.registry).find("the loaded file had") != std::string::npos);
    fs::remove(place);
    write(p.scratch / "elsewhere", original);
    fs::create_symlink(p.scratch / "elsewhere", place);
    CHECK(refusal_of(p, {2}, p.registry).find("cannot be opened") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("a file that its feed now refuses keeps its rows") {
    Pipeline p{target};
    load_five(p);
    const std::string text =
        refusal_of(p, {3}, with(p.registry, "objects_detection", [](Feed& feed) { feed.max_rejects = 0; }));
    CHECK(text.find("it cannot be loaded with the current declaration of the feed: ") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE(
      "F24: with keep-going, a file without a copy keeps its rows, and so does each file that holds some of its records") {
    Pipeline p{target};
    p.config.batch_files = 1;
    load_five(p);
    const Lines before = p.data();
    const std::string place = place_of(p, 2);
    fs::rename(place, p.scratch / "elsewhere");
    write(place_of(p, 4), std::string(fs::file_size(place_of(p, 4)), '!'));

    const auto left_out = replay(p, {1, 2, 3, 4}, p.registry, true);

    Lines names;
    for (const auto& file : left_out)
      names.push_back(std::to_string(file.file_id) + ": " + file.reason.substr(0, 27));
    std::ranges::sort(names);
    CHECK(names ==
          Lines{"1: it shares rows with file 2,", "2: its archived copy does not ", "4: its archived copy has other"});
    CHECK(p.rows("select attempt from ingest_log order by file_id") == Lines{"1", "1", "2", "1", "1"});
    CHECK(p.data() == before);
    fs::rename(p.scratch / "elsewhere", place);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("P04: a replay finds a copy where a crash left it: beside its place, or in a claim") {
    Pipeline p{target};
    load_five(p);
    const std::string claim = p.one("select claim from ingest_log where file_id = 1");
    const fs::path place = place_of(p, 1);
    const fs::path aside = place.parent_path() / claim / place.filename();
    fs::create_directory(aside.parent_path());
    fs::rename(place, aside);
    write(place, "another file of that name");
    CHECK(replay(p, {1}, p.registry).empty());

    fs::path last = aside;
    for (const std::string& directory : {claim, claim + "~3.crashed-2"}) {
      const fs::path claimed = fs::path{p.config.work} / "other-1" / directory / place.filename();
      fs::create_directories(claimed.parent_path());
      fs::rename(last, claimed);
      last = claimed;
      CHECK(replay(p, {1}, p.registry).empty());
    }
    CHECK(p.one("select attempt from ingest_log where file_id = 1") == "4");
  }

  TEST_CASE_ON_EACH_STORE("O07: a replay of a whole feed in several transactions restores lost rows") {
    Pipeline p{target};
    p.config.batch_files = 4;
    Ids all;
    for (int i = 1; i <= 12; ++i) {
      load(p, "objects_detection_" + std::to_string(i) + ".json",
           events(event("v" + std::to_string(i), k_time) + "," + event("v" + std::to_string(i / 3), k_time)));
      all.push_back(i);
    }
    const Lines before = p.data();
    store::open(target, store::Access::read_write, "longshore/test")
        ->exec("delete from detection_events where file_id > 5");

    replay(p, all, p.registry);

    CHECK(p.data() == before);
    CHECK(p.one("select count(*) from ingest_log where attempt >= 2") == "12");
    p.check_books();
  }
}
