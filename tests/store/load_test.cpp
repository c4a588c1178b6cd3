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

// Loads windows of one feed in one transaction.
LoadCounts load(Session& session, std::vector<RowBatch>& windows, const Ids& file_ids,
                LoadOrder order = LoadOrder::straight) {
  LoadCounts counts;
  counts.loaded.resize(file_ids.size());
  session.begin(order);
  for (RowBatch& window : windows) {
    window.sort();
    session.load(window, file_ids, counts);
  }
  session.finish_load(windows[0].feed(), file_ids, counts);
  session.commit();
  return counts;
}

LoadCounts load(Session& session, RowBatch window, const Ids& file_ids, LoadOrder order = LoadOrder::straight) {
  std::vector<RowBatch> windows{std::move(window)};
  return load(session, windows, file_ids, order);
}

// `rows` detections of one vehicle, one per second, from second `first` on.
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

TEST_CASE_ON_EACH_STORE("a window of new rows is loaded with the ids of its files") {
  Fixture f{target};
  RowBatch batch{f.feed};
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z", {{"car", 2}, {"bike", 0}});
  add_detection(batch, 0, "a", "2026-11-21T10:00:00Z", {{"car", 3}});  // the same time, another event
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

TEST_CASE_ON_EACH_STORE("rows that already exist are overlaps with the files that hold them") {
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    CAPTURE(static_cast<int>(order));
    Fixture f{target};
    f.session->exec("delete from detection_events");
    load(*f.session, seconds_of(f.feed, "a", 0, 10), {1}, order);
    load(*f.session, seconds_of(f.feed, "a", 10, 5), {2}, order);

    const LoadCounts counts = load(*f.session, seconds_of(f.feed, "a", 8, 10), {3}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{3});
    CHECK(counts.overlaps == Overlaps{{{0, 1}, 2}, {{0, 2}, 5}});
    CHECK(count(*f.session, "detection_events") == 18);
    CHECK(count(*f.session, "detection_events where file_id = 3") == 3);
  }
}

TEST_CASE_ON_EACH_STORE("a row that is repeated in one file is loaded once and is not an overlap") {
  Fixture f{target};
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 3);
    add_detection(batch, 0, "a", "2026-11-21T00:00:01Z");
    add_detection(batch, 0, "a", "2026-11-21T00:00:01Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {1}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{3});
    CHECK(counts.overlaps.empty());
    CHECK(count(*f.session, "detection_events") == 3);
  }
}

TEST_CASE_ON_EACH_STORE("a row of two files of a batch belongs to the first, and the second has an overlap") {
  Fixture f{target};
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 4, 0);
    for (int second : {2, 3, 4, 5})
      add_detection(batch, 1, "a", "2026-11-21T00:00:0" + std::to_string(second) + "Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {21, 22}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{4, 2});
    CHECK(counts.overlaps == Overlaps{{{1, 21}, 2}});
  }
}

TEST_CASE_ON_EACH_STORE("a row of two files of a batch that an older file holds is an overlap with the older file") {
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

TEST_CASE_ON_EACH_STORE("a conflict in one of many windows does not affect the others") {
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    Fixture f{target};
    f.session->exec("delete from detection_events");
    load(*f.session, seconds_of(f.feed, "a", 250, 1), {1}, order);
    // the conflict is in the third window; some windows later the fast way is used again
    std::vector<RowBatch> windows;
    for (int i = 0; i < 70; ++i)
      windows.push_back(seconds_of(f.feed, "a", i * 100, 100));

    const LoadCounts counts = load(*f.session, windows, {2}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{6999});
    CHECK(counts.overlaps == Overlaps{{{0, 1}, 1}});
    CHECK(count(*f.session, "detection_events") == 7000);
  }
}

TEST_CASE_ON_EACH_STORE("a row that another session commits during the COPY belongs to the other session's file") {
  if (target.engine != store::Engine::postgres)
    return;  // SQLite has one writer
  Fixture f{target};
  load(*f.session, seconds_of(f.feed, "a", 0, 1), {1});
  const auto other = store::open(target, store::Access::read_write, "longshore/other");
  LoadCounts counts;
  counts.loaded.resize(1);
  f.session->begin();
  RowBatch window =
      seconds_of(f.feed, "a", 0, 5);  // the first row conflicts: the next windows are loaded the careful way
  f.session->load(window, Ids{2}, counts);

  LoadCounts theirs;
  theirs.loaded.resize(1);
  other->begin();
  RowBatch shared = seconds_of(f.feed, "a", 7, 1);
  other->load(shared, Ids{3}, theirs);
  std::thread commit{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{300});  // the COPY waits for this transaction
    other->commit();
  }};
  RowBatch next = seconds_of(f.feed, "a", 5, 5);
  f.session->load(next, Ids{2}, counts);
  commit.join();
  f.session->commit();

  CHECK(counts.loaded == std::vector<std::uint64_t>{8});
  CHECK(counts.overlaps == Overlaps{{{0, 1}, 1}, {{0, 3}, 1}});
  CHECK(count(*f.session, "detection_events") == 10);
}

TEST_CASE_ON_EACH_STORE("a row that is in two windows of a file is loaded once") {
  Fixture f{target};
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    std::vector<RowBatch> windows{seconds_of(f.feed, "a", 0, 10), seconds_of(f.feed, "a", 5, 10)};

    const LoadCounts counts = load(*f.session, windows, {1}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{15});
    CHECK(counts.overlaps.empty());
  }
}

TEST_CASE_ON_EACH_STORE("C11: each repeat of a row that another file holds is counted, in one window or in two") {
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    for (const bool one_window : {true, false}) {
      CAPTURE(static_cast<int>(order));
      CAPTURE(one_window);
      Fixture f{target};
      f.session->exec("delete from detection_events");
      load(*f.session, seconds_of(f.feed, "a", 7, 1), {1}, order);
      std::vector<RowBatch> windows{seconds_of(f.feed, "a", 0, 10)};
      if (!one_window)
        windows.emplace_back(f.feed);
      for (int second = 5; second < 10; ++second)
        add_detection(windows.back(), 0, "a", "2026-11-21T00:00:0" + std::to_string(second) + "Z");

      const LoadCounts counts = load(*f.session, windows, {2}, order);

      CHECK(counts.loaded == std::vector<std::uint64_t>{9});
      CHECK(counts.overlaps == Overlaps{{{0, 1}, 2}});
    }
  }
}

TEST_CASE_ON_EACH_STORE("each repeat of a row of the first file is counted as an overlap of the second") {
  Fixture f{target};
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    f.session->exec("delete from detection_events");
    RowBatch batch = seconds_of(f.feed, "a", 0, 1, 0);
    for (const std::uint32_t file : {0U, 1U, 1U})
      add_detection(batch, file, "a", "2026-11-21T00:00:00Z");

    const LoadCounts counts = load(*f.session, std::move(batch), {21, 22}, order);

    CHECK(counts.loaded == std::vector<std::uint64_t>{1, 0});
    CHECK(counts.overlaps == Overlaps{{{1, 21}, 2}});
  }
}

TEST_CASE_ON_EACH_STORE("a rollback removes all rows, and the session can be used again") {
  Fixture f{target};
  load(*f.session, seconds_of(f.feed, "a", 0, 1), {1});
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    RowBatch window = seconds_of(f.feed, "a", 0, 20);  // the conflict causes a temporary table, which is rolled back
    window.sort();
    LoadCounts counts;
    counts.loaded.resize(1);
    f.session->begin(order);
    f.session->load(window, Ids{2}, counts);
    f.session->finish_load(f.feed, Ids{2}, counts);
    f.session->rollback();
    CHECK(count(*f.session, "detection_events") == 1);
  }
  f.session->rollback();  // without a transaction: no effect

  CHECK(load(*f.session, seconds_of(f.feed, "a", 0, 20), {3}).loaded == std::vector<std::uint64_t>{19});
}

TEST_CASE_ON_EACH_STORE("two sessions load the same rows at the same time, and each row exists once") {
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    Fixture f{target};
    f.session->exec("delete from detection_events");
    std::vector<LoadCounts> counts(2);
    std::atomic<int> contentions = 0;
    const auto work = [&](std::size_t number) {
      const auto session = store::open(target, store::Access::read_write, "longshore/tests");
      const bool is_ascending = number == 0;
      for (int attempt = 0; attempt < 20; ++attempt) {
        std::vector<RowBatch> windows;
        for (int i = 0; i < 10; ++i)
          windows.push_back(seconds_of(f.feed, "a", (is_ascending ? i : 9 - i) * 500, 500));
        try {
          counts[number] = load(*session, windows, {static_cast<std::int64_t>(number) + 1}, order);
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
    if (order == LoadOrder::ordered)
      CHECK(contentions == 0);
    REQUIRE(counts[0].loaded.size() == 1);
    REQUIRE(counts[1].loaded.size() == 1);
    CHECK(counts[0].loaded[0] + counts[1].loaded[0] == 5000);
    CHECK(counts[0].overlaps[{0, 2}] + counts[0].loaded[0] == 5000);
    CHECK(counts[1].overlaps[{0, 1}] + counts[1].loaded[0] == 5000);
  }
}

TEST_CASE_ON_EACH_STORE("a row that the table rejects is a bad file, and the session can be used again") {
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

TEST_CASE_ON_EACH_STORE("the view has one row for each detection, the same on both engines") {
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
