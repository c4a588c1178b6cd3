#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

using namespace longshore;
using namespace longshore::test;
using store::LoadCounts;
using store::LoadOrder;
using store::Session;

namespace {

using Overlaps = std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t>;
using Ids = std::vector<std::int64_t>;

std::int64_t count(Session& session, const std::string& what) {
  return store::as_int(session.exec("select count(*) from " + what).rows[0][0]);
}

// Windows of one feed in one transaction, with a commit.
LoadCounts load(Session& session, std::vector<RowBatch>& windows, const Ids& file_ids,
                LoadOrder road = LoadOrder::straight) {
  LoadCounts counts;
  counts.loaded.resize(file_ids.size());
  session.begin(road);
  for (RowBatch& window : windows) {
    window.sort();
    session.load(window, file_ids, counts);
  }
  session.finish_load(windows[0].feed(), file_ids, counts);
  session.commit();
  return counts;
}

LoadCounts load(Session& session, RowBatch window, const Ids& file_ids, LoadOrder road = LoadOrder::straight) {
  std::vector<RowBatch> windows{std::move(window)};
  return load(session, windows, file_ids, road);
}

// `rows` detections of as many seconds from `first` on, of one vehicle.
RowBatch seconds_of(const Feed& feed, const char* vehicle, int first, int rows, std::uint32_t file = 0) {
  RowBatch batch{feed};
  for (int i = first; i < first + rows; ++i) {
    char time[32];
    std::snprintf(time, sizeof time, "2026-11-21T%02d:%02d:%02dZ", i / 3600, i / 60 % 60, i % 60);
    add_detection(batch, file, vehicle, time);
  }
  return batch;
}

struct Fixture {
  explicit Fixture(const store::Target& target)
      : registry(built_in()), feed(*registry.find("objects_detection")), session(open_migrated(target, registry)) {}

  Registry registry;
  const Feed& feed;
  std::unique_ptr<Session> session;
};

}  // namespace

TEST_CASE_ON_EACH_STORE("a window of new rows is loaded under its file") {
  Fixture f{target};
  RowBatch batch{f.feed};
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z", {{"car", 2}, {"bike", 0}});
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z", {{"car", 3}});  // the same instant, another event
  add_detection(batch, 1, "b", "2026-11-21T10:00:00.5Z", {});

  const LoadCounts counts = load(*f.session, std::move(batch), {11, 12});

  CHECK(counts.loaded == std::vector<std::uint64_t>{2, 1});
  CHECK(counts.overlaps.empty());
  const auto rows =
      f.session
          ->exec("select vehicle_id, detection_time, object_types, object_values, file_id from detection_events "
                 "order by vehicle_id, object_types desc")
          .rows;
  REQUIRE(rows.size() == 3);
  const std::vector<std::vector<std::string>> expected{
      {"a", "2026-11-21T10:00:00.000000Z", R"(["car","bike"])", "[2,0]", "11"},
      {"a", "2026-11-21T10:00:00.000000Z", R"(["car"])", "[3]", "11"},
      {"b", "2026-11-21T10:00:00.500000Z", "[]", "[]", "12"},
  };
  for (const auto& line : expected) {
    const bool there =
        std::ranges::any_of(rows, [&](const auto& row) { return std::ranges::equal(row, line, {}, store::as_text); });
    CHECK_MESSAGE(there, line[0] << " " << line[2]);
  }
}

TEST_CASE_ON_EACH_STORE("rows that are there already are duplicates of the file that holds them") {
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    CAPTURE(static_cast<int>(road));
    Fixture f{target};
    f.session->exec("delete from detection_events");
    load(*f.session, seconds_of(f.feed, "a", 0, 10), {1}, road);
    load(*f.session, seconds_of(f.feed, "a", 10, 5), {2}, road);

    const LoadCounts counts = load(*f.session, seconds_of(f.feed, "a", 8, 10), {3}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{3});
    CHECK(counts.overlaps == Overlaps{{{0, 1}, 2}, {{0, 2}, 5}});
    CHECK(count(*f.session, "detection_events") == 18);
    CHECK(count(*f.session, "detection_events where file_id = 3") == 3);
  }
}

TEST_CASE_ON_EACH_STORE("a row that stands twice in one file is one row, and no overlap") {
  Fixture f{target};
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 3);
    add_detection(batch, 0, "a", "2026-11-21T00:00:01Z");
    add_detection(batch, 0, "a", "2026-11-21T00:00:01Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {1}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{3});
    CHECK(counts.overlaps.empty());
    CHECK(count(*f.session, "detection_events") == 3);
  }
}

TEST_CASE_ON_EACH_STORE("a row that two files of a batch share belongs to the first, with an overlap of the other") {
  Fixture f{target};
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 4, 0);
    for (int second : {2, 3, 4, 5})
      add_detection(batch, 1, "a", "2026-11-21T00:00:0" + std::to_string(second) + "Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {21, 22}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{4, 2});
    CHECK(counts.overlaps == Overlaps{{{1, 21}, 2}});
  }
}

TEST_CASE_ON_EACH_STORE("rows shared within a batch and held by an older file are overlaps with that file alone") {
  Fixture f{target};
  load(*f.session, seconds_of(f.feed, "a", 0, 1), {1});
  RowBatch batch{f.feed};
  for (const std::uint32_t file : {0U, 1U})
    for (const char* time : {"2026-11-21T00:00:00Z", "2026-11-21T00:00:01Z"})
      add_detection(batch, file, "a", time);

  const LoadCounts counts = load(*f.session, std::move(batch), {2, 3});

  CHECK(counts.loaded == std::vector<std::uint64_t>{1, 0});
  CHECK(counts.overlaps == Overlaps{{{0, 1}, 1}, {{1, 1}, 1}, {{1, 2}, 1}});
}

TEST_CASE_ON_EACH_STORE("a conflict in one of many windows changes nothing about the others") {
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    Fixture f{target};
    f.session->exec("delete from detection_events");
    load(*f.session, seconds_of(f.feed, "a", 250, 1), {1}, road);
    // the conflict is in the third; some windows later the question whose the rows are is no longer asked
    std::vector<RowBatch> windows;
    for (int i = 0; i < 70; ++i)
      windows.push_back(seconds_of(f.feed, "a", i * 100, 100));

    const LoadCounts counts = load(*f.session, windows, {2}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{6999});
    CHECK(counts.overlaps == Overlaps{{{0, 1}, 1}});
    CHECK(count(*f.session, "detection_events") == 7000);
  }
}

TEST_CASE_ON_EACH_STORE("a row that a neighbour commits while a window with it is copied is that neighbour's") {
  if (target.engine != store::Engine::postgres)
    return;  // SQLite has one writer
  Fixture f{target};
  load(*f.session, seconds_of(f.feed, "a", 0, 1), {1});
  const auto neighbour = store::open(target, store::Access::read_write, "longshore/neighbour");
  LoadCounts counts;
  counts.loaded.resize(1);
  f.session->begin();
  RowBatch window =
      seconds_of(f.feed, "a", 0, 5);  // the first row conflicts: from now on the rows' holders are asked for
  f.session->load(window, Ids{2}, counts);

  LoadCounts theirs;
  theirs.loaded.resize(1);
  neighbour->begin();
  RowBatch shared = seconds_of(f.feed, "a", 7, 1);
  neighbour->load(shared, Ids{3}, theirs);
  std::thread commit{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{300});  // the COPY waits for this transaction meanwhile
    neighbour->commit();
  }};
  RowBatch next = seconds_of(f.feed, "a", 5, 5);
  f.session->load(next, Ids{2}, counts);
  commit.join();
  f.session->commit();

  CHECK(counts.loaded == std::vector<std::uint64_t>{8});
  CHECK(counts.overlaps == Overlaps{{{0, 1}, 1}, {{0, 3}, 1}});
  CHECK(count(*f.session, "detection_events") == 10);
}

TEST_CASE_ON_EACH_STORE("the same row in two windows of a file is one row") {
  Fixture f{target};
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    std::vector<RowBatch> windows{seconds_of(f.feed, "a", 0, 10), seconds_of(f.feed, "a", 5, 10)};

    const LoadCounts counts = load(*f.session, windows, {1}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{15});
    CHECK(counts.overlaps.empty());
  }
}

TEST_CASE_ON_EACH_STORE(
    "C11: a repeated row that another file holds counts as often as it stands there, whatever the windows") {
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    for (const bool one_window : {true, false}) {
      CAPTURE(static_cast<int>(road));
      CAPTURE(one_window);
      Fixture f{target};
      f.session->exec("delete from detection_events");
      load(*f.session, seconds_of(f.feed, "a", 7, 1), {1}, road);
      std::vector<RowBatch> windows{seconds_of(f.feed, "a", 0, 10)};
      if (!one_window)
        windows.emplace_back(f.feed);
      for (int second = 5; second < 10; ++second)
        add_detection(windows.back(), 0, "a", "2026-11-21T00:00:0" + std::to_string(second) + "Z");

      const LoadCounts counts = load(*f.session, windows, {2}, road);

      CHECK(counts.loaded == std::vector<std::uint64_t>{9});
      CHECK(counts.overlaps == Overlaps{{{0, 1}, 2}});
    }
  }
}

TEST_CASE_ON_EACH_STORE("a row that stands twice in both files of a batch counts twice as an overlap of the second") {
  Fixture f{target};
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 1, 0);
    for (const std::uint32_t file : {0U, 1U, 1U})
      add_detection(batch, file, "a", "2026-11-21T00:00:00Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {21, 22}, road);

    CHECK(counts.loaded == std::vector<std::uint64_t>{1, 0});
    CHECK(counts.overlaps == Overlaps{{{1, 21}, 2}});
  }
}

TEST_CASE_ON_EACH_STORE("a rollback leaves nothing, and the session goes on") {
  Fixture f{target};
  load(*f.session, seconds_of(f.feed, "a", 0, 1), {1});
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    RowBatch window =
        seconds_of(f.feed, "a", 0, 20);  // with a conflict, so that the temporary table is made and rolled back
    window.sort();
    LoadCounts counts;
    counts.loaded.resize(1);
    f.session->begin(road);
    f.session->load(window, Ids{2}, counts);
    f.session->finish_load(f.feed, Ids{2}, counts);
    f.session->rollback();
    CHECK(count(*f.session, "detection_events") == 1);
  }
  f.session->rollback();  // nothing open: nothing happens

  CHECK(load(*f.session, seconds_of(f.feed, "a", 0, 20), {3}).loaded == std::vector<std::uint64_t>{19});
}

TEST_CASE_ON_EACH_STORE("two sessions that load the same rows at once end with each row once") {
  for (const LoadOrder road : {LoadOrder::straight, LoadOrder::ordered}) {
    Fixture f{target};
    f.session->exec("delete from detection_events");
    std::vector<LoadCounts> counts(2);
    std::atomic<int> contentions = 0;
    const auto work = [&](std::size_t number) {
      const auto session = store::open(target, store::Access::read_write, "longshore/tests");
      const bool forwards = number == 0;
      for (int attempt = 0; attempt < 20; ++attempt) {
        std::vector<RowBatch> windows;
        for (int i = 0; i < 10; ++i)
          windows.push_back(seconds_of(f.feed, "a", (forwards ? i : 9 - i) * 500, 500));
        try {
          counts[number] = load(*session, windows, {static_cast<std::int64_t>(number) + 1}, road);
          return;
        } catch (const Error& error) {
          session->rollback();
          if (error.fault() != Fault::contention)
            throw;
          ++contentions;
        }
      }
    };
    std::thread other{work, 1};
    work(0);
    other.join();

    CHECK(count(*f.session, "detection_events") == 5000);
    if (road == LoadOrder::ordered)
      CHECK(contentions == 0);
    REQUIRE(counts[0].loaded.size() == 1);
    REQUIRE(counts[1].loaded.size() == 1);
    CHECK(counts[0].loaded[0] + counts[1].loaded[0] == 5000);
    CHECK(counts[0].overlaps[{0, 2}] + counts[0].loaded[0] == 5000);
    CHECK(counts[1].overlaps[{0, 1}] + counts[1].loaded[0] == 5000);
  }
}

TEST_CASE_ON_EACH_STORE("a row that the table refuses is a bad file, and the session goes on") {
  Fixture f{target};
  RowBatch window{f.feed};
  RowMaker{window}.null().time("2026-11-21T00:00:00Z").array(Type::text, {}).array(Type::integer, {}).to_file(0);
  LoadCounts counts;
  counts.loaded.resize(1);
  f.session->begin();
  try {
    f.session->load(window, Ids{1}, counts);
    FAIL("a NULL in the key was taken");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::bad_file);
    CHECK(error.code() == (target.engine == store::Engine::postgres ? "23502" : "SQLITE_CONSTRAINT"));
  }
  f.session->rollback();
  CHECK(f.session->is_open());
  CHECK(load(*f.session, seconds_of(f.feed, "a", 0, 2), {1}).loaded == std::vector<std::uint64_t>{2});
}

TEST_CASE_ON_EACH_STORE("the view shows one row a detection, the same on both engines") {
  Fixture f{target};
  RowBatch batch{f.feed};
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z", {{"car", 2}, {"bike", 0}, {"car", 7}});
  add_detection(batch, 0, "b", "2026-11-21T10:00:00Z", {});
  load(*f.session, std::move(batch), {5});

  const auto rows =
      f.session
          ->exec("select vehicle_id, detection_time, object_type, object_value, ordinal, file_id from detections "
                 "order by vehicle_id, ordinal")
          .rows;

  using Row = std::vector<store::Value>;
  const std::string time = "2026-11-21T10:00:00.000000Z";
  const auto n = [](std::int64_t number) { return store::Value{number}; };
  CHECK(rows == std::vector<Row>{Row{"a", time, "car", n(2), n(1), n(5)}, Row{"a", time, "bike", n(0), n(2), n(5)},
                                 Row{"a", time, "car", n(7), n(3), n(5)}});
}
