#include "store/latest.hpp"

#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <cstdio>

using namespace longshore;
using namespace longshore::test;
using store::LoadCounts;
using store::LoadOrder;
using store::Session;

namespace {

using Ids = std::vector<std::int64_t>;
using Text = std::vector<std::vector<std::string>>;

void load(Session& session, std::vector<RowBatch> windows, const Ids& file_ids, LoadOrder order = LoadOrder::straight) {
  LoadCounts counts;
  counts.loaded.resize(file_ids.size());
  session.begin(order);
  for (RowBatch& window : windows) {
    window.sort();
    session.load(window, file_ids, counts);
  }
  session.finish_load(windows[0].feed(), file_ids, counts);
  session.commit();
}

Text text_of(const store::Rows& result) {
  Text lines;
  for (const auto& row : result.rows) {
    auto& line = lines.emplace_back();
    for (const store::Value& value : row)
      line.push_back(std::holds_alternative<std::monostate>(value) ? "NULL" : store::as_text(value));
  }
  return lines;
}

Text statuses(Session& session) {
  return text_of(
      session.exec("select vehicle_id, report_time, status, file_id from vehicle_status order by vehicle_id"));
}

struct Fixture {
  explicit Fixture(const store::Target& target)
      : registry(built_in()), feed(*registry.find("vehicles_status")), session(open_migrated(target, registry)) {}

  // Loads one report in its own transaction.
  void report(std::int64_t file_id, const char* vehicle, const char* time, const char* status) {
    std::vector<RowBatch> windows(1, RowBatch{feed});
    add_status(windows[0], 0, vehicle, time, status);
    load(*session, std::move(windows), {file_id});
  }

  Registry registry;
  const Feed& feed;
  std::unique_ptr<Session> session;
};

// A feed with nullable columns, and one column that has no order.
constexpr auto k_doors = R"(
name    = "doors"
files   = ["doors_*.json"]
records = [""]
table   = "door_events"
key     = ["door", "at"]
latest  = { table = "door", key = ["door"], newest = "at" }
columns = [
  { name = "door",   from = "/door",   type = "text" },
  { name = "open",   from = "/open",   type = "boolean", required = false },
  { name = "at",     from = "/at",     type = "timestamp" },
  { name = "count",  from = "/count",  type = "integer", required = false },
  { name = "note",   from = "/note",   type = "text", required = false },
  { name = "weight", from = "/weight", type = "double", required = false },
  { name = "due",    from = "/due",    type = "date", required = false },
EXTRA
]
)";

Feed doors(const std::string& extra = "") {
  std::string toml = k_doors;
  toml.replace(toml.find("EXTRA"), 5, extra);
  return parse_feed(toml, "doors.toml");
}

}  // namespace

TEST_CASE_ON_EACH_STORE("the latest table has the newest report of each vehicle, independent of the order of arrival") {
  Fixture f{target};
  f.report(1, "a", "2026-11-21T10:00:00Z", "driving");
  f.report(2, "b", "2026-11-21T10:00:00Z", "parked");
  f.report(3, "a", "2026-11-21T11:00:00Z", "charging");
  f.report(4, "a", "2026-11-21T09:00:00Z", "late");

  CHECK(statuses(*f.session) == Text{{"a", "2026-11-21T11:00:00.000000Z", "charging", "3"},
                                     {"b", "2026-11-21T10:00:00.000000Z", "parked", "2"}});
  CHECK(store::as_int(f.session->exec("select count(*) from vehicle_status_history").rows[0][0]) == 4);
}

TEST_CASE_ON_EACH_STORE("if reports have the same time, the content decides, not the order of arrival") {
  Fixture f{target};
  const char* time = "2026-11-21T10:00:00Z";
  f.report(1, "a", time, "driving");
  f.report(2, "a", time, "parked");
  f.report(3, "a", time, "charging");
  f.report(4, "a", time, "Zebra");  // bytes are compared: capitals are smaller

  CHECK(statuses(*f.session) == Text{{"a", "2026-11-21T10:00:00.000000Z", "parked", "2"}});
}

TEST_CASE_ON_EACH_STORE("a duplicate report does not change the file of the latest row") {
  Fixture f{target};
  f.report(1, "a", "2026-11-21T10:00:00Z", "driving");
  f.report(2, "a", "2026-11-21T10:00:00Z", "driving");

  CHECK(statuses(*f.session) == Text{{"a", "2026-11-21T10:00:00.000000Z", "driving", "1"}});
}

TEST_CASE_ON_EACH_STORE("a duplicate report restores a missing latest row") {
  Fixture f{target};
  f.report(1, "a", "2026-11-21T10:00:00Z", "driving");
  f.session->exec("delete from vehicle_status");
  f.report(2, "a", "2026-11-21T10:00:00Z", "driving");

  CHECK(statuses(*f.session) == Text{{"a", "2026-11-21T10:00:00.000000Z", "driving", "2"}});
}

TEST_CASE_ON_EACH_STORE("many reports of a few vehicles over several windows of a batch leave the newest of each") {
  for (const LoadOrder order : {LoadOrder::straight, LoadOrder::ordered}) {
    Fixture f{target};
    f.session->exec("delete from vehicle_status");
    f.session->exec("delete from vehicle_status_history");
    std::vector<RowBatch> windows(3, RowBatch{f.feed});
    for (int i = 0; i < 300; ++i) {
      char time[32];
      std::snprintf(time, sizeof time, "2026-11-21T10:%02d:%02dZ", i * 7 % 300 / 60, i * 7 % 300 % 60);
      add_status(windows[static_cast<std::size_t>(i) % 3], i < 150 ? 0 : 1, i % 2 ? "b" : "a", time,
                 "s" + std::to_string(i * 7 % 300));
    }

    load(*f.session, std::move(windows), {1, 2}, order);

    const Text found = statuses(*f.session);
    REQUIRE(found.size() == 2);
    CHECK(found[0][1] == "2026-11-21T10:04:58.000000Z");
    CHECK(found[0][2] == "s298");
    CHECK(found[1][1] == "2026-11-21T10:04:59.000000Z");
    CHECK(found[1][2] == "s299");
  }
}

TEST_CASE("newest_rows takes the first of equal rows, in the order of the latest key") {
  const Registry registry = built_in();
  RowBatch batch{*registry.find("vehicles_status")};
  add_status(batch, 0, "b", "2026-11-21T10:00:00Z", "x");
  add_status(batch, 0, "a", "2026-11-21T10:00:00Z", "x");
  add_status(batch, 1, "a", "2026-11-21T10:00:00Z", "x");
  add_status(batch, 1, "a", "2026-11-21T09:00:00Z", "y");
  batch.sort();

  const std::vector<std::size_t> rows = store::newest_rows(batch);

  REQUIRE(rows.size() == 2);
  CHECK(batch.rows()[rows[0]].file == 0);
  CHECK(rows == std::vector<std::size_t>{1, 3});
}

TEST_CASE("in nullable columns NULL is the smallest value, column by column as declared") {
  // door, open, at, count, note, weight, due: each line is newer than the one before it
  const auto rows = [](const Feed& feed) {
    RowBatch batch{feed};
    const char* at = "2026-11-21T10:00:00Z";
    RowMaker row{batch};
    row.text("d").null().time(at).null().null().null().null().to_file(0);
    row.text("d").null().time(at).null().null().null().date("1999-01-01").to_file(0);
    row.text("d").null().time(at).null().null().real(-5).null().to_file(0);
    row.text("d").null().time(at).null().null().real(2.5).null().to_file(0);
    row.text("d").null().time(at).null().text("").null().null().to_file(0);
    row.text("d").null().time(at).integer(-1).null().null().null().to_file(0);
    row.text("d").null().time(at).integer(0).text("x").null().null().to_file(0);
    row.text("d").boolean(false).time(at).null().null().null().null().to_file(0);
    row.text("d").boolean(true).time(at).null().null().null().null().to_file(0);
    row.text("d").null().time("2026-11-21T10:00:00.000001Z").null().null().null().null().to_file(0);
    return batch;
  };
  on_each_store([&](const store::Target& target) {
    const Registry registry = registry_of({doors()});
    const Feed& feed = registry.feeds()[0];
    const auto session = open_migrated(target, registry);
    const RowBatch all = rows(feed);
    std::vector<RowBatch::Cell> cells;
    for (std::size_t newer = 1; newer < all.size(); ++newer) {
      // in both orders, in two transactions (SQL decides) and in one window (the client decides)
      for (const std::vector<std::vector<std::size_t>>& transactions :
           {std::vector<std::vector<std::size_t>>{{newer - 1}, {newer}},
            {{newer}, {newer - 1}},
            {{newer - 1, newer}},
            {{newer, newer - 1}}}) {
        session->exec("delete from door");
        session->exec("delete from door_events");
        std::int64_t file_id = 0;
        for (const auto& numbers : transactions) {
          std::vector<RowBatch> window(1, RowBatch{feed});
          for (const std::size_t number : numbers) {
            all.cells(all.rows()[number], cells);
            cells.pop_back();
            window[0].add(cells, 0);
          }
          load(*session, std::move(window), {++file_id});
        }
        RowBatch expected{feed};
        all.cells(all.rows()[newer], cells);
        cells.pop_back();
        expected.add(cells, 0);
        session->exec("delete from door_events");
        std::vector<RowBatch> only;
        only.push_back(std::move(expected));
        const Text found = text_of(session->exec("select open, at, count, note, weight, due from door"));
        session->exec("delete from door");
        load(*session, std::move(only), {9});
        CAPTURE(newer);
        CHECK(found == text_of(session->exec("select open, at, count, note, weight, due from door")));
      }
    }
  });
}

TEST_CASE_ON_EACH_STORE("if a column has no order, the greatest hash decides between equal rows") {
  const Registry registry = registry_of({doors(R"(  { name = "tags", from = "/tags/*", type = "text[]" },)")});
  const Feed& feed = registry.feeds()[0];
  const auto session = open_migrated(target, registry);
  const auto window = [&](const std::vector<std::string>& tags) {
    std::vector<RowBatch> windows(1, RowBatch{feed});
    RowMaker{windows[0]}
        .text("d")
        .null()
        .time("2026-11-21T10:00:00Z")
        .null()
        .null()
        .null()
        .null()
        .array(Type::text, tags)
        .to_file(0);
    return windows;
  };
  for (const bool x_first : {true, false}) {
    session->exec("delete from door");
    load(*session, window({x_first ? "x" : "y"}), {1});
    load(*session, window({x_first ? "y" : "x"}), {2});

    const Text found = text_of(session->exec("select tags, record_hash from door"));
    const Text greatest =
        text_of(session->exec("select tags, record_hash from door_events order by record_hash desc limit 1"));
    CHECK(found == greatest);
  }
}
