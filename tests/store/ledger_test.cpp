#include "store/ledger.hpp"

#include "base/digest.hpp"
#include "base/time.hpp"
#include "support/each_store.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace longshore;
using namespace longshore::test;
using store::Value;

namespace {

store::LedgerRow row_of(const std::string& name, const std::string& content) {
  store::LedgerRow row;
  row.claim = "claim";
  row.file_name = name;
  row.feed = "objects_detection";
  row.sha256 = Sha256::of(content);
  row.size_bytes = content.size();
  row.instance = "host-1";
  row.archive_path = "processed/2026-11-21/" + name;
  return row;
}

std::vector<store::LedgerRow> many_rows(std::size_t count) {
  std::vector<store::LedgerRow> rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.push_back(row_of("file " + std::to_string(i), "content " + std::to_string(i)));
  return rows;
}

std::vector<std::optional<std::int64_t>> insert(store::Session& session, const std::vector<store::LedgerRow>& rows) {
  std::vector<const store::LedgerRow*> places;
  for (const store::LedgerRow& row : rows)
    places.push_back(&row);
  session.begin();
  const auto ids = store::Ledger{session}.insert(places);
  session.commit();
  return ids;
}

std::size_t known(const std::vector<std::optional<std::int64_t>>& ids) {
  return static_cast<std::size_t>(std::ranges::count_if(ids, [](const auto& id) { return id.has_value(); }));
}

}  // namespace

TEST_CASE("ledger rows are read as they were written, one or many at a time") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{1200}})
    on_each_store([&](const store::Target& target) {
      const auto session = open_migrated(target, built_in());
      auto rows = many_rows(count);
      rows[0].file_name = "a\tb\\N\r\n\\.\v\b\f'\"{,}";
      rows[0].status = store::Status::failed;
      rows[0].error = "\\";
      rows[0].error_at = Position{1, 2, 3};
      rows[0].claimed_at = *parse_time("2026-11-21T10:00:00.25Z").micros;
      rows[0].name_values = "[\"a\\tb\"]";
      const auto ids = insert(*session, rows);
      REQUIRE(known(ids) == count);
      const auto found = session->exec(
          "select claim, file_name, feed, sha256, size_bytes, status, error, error_column, "
          "duplicate_of, first_time, archive_path, instance, claimed_at, name_values from ingest_log where file_id = $1",
          {*ids[0]});
      CHECK(found.rows[0] == std::vector<Value>{"claim", rows[0].file_name, "objects_detection", rows[0].sha256,
                                                std::int64_t{9}, "failed", "\\", std::int64_t{3}, Value{}, Value{},
                                                rows[0].archive_path, "host-1", "2026-11-21T10:00:00.250000Z",
                                                rows[0].name_values});
      for (std::size_t i = 0; i < count; ++i)
        CHECK(store::as_text(
                  session->exec("select file_name from ingest_log where file_id = $1", {*ids[i]}).rows[0][0]) ==
              rows[i].file_name);
    });
}

TEST_CASE_ON_EACH_STORE("many rows are inserted, except those with a known arrival or content") {
  const auto session = open_migrated(target, built_in());
  auto rows = many_rows(40);
  insert(*session, {rows[3], row_of("another name", "content 7")});
  rows[20].sha256 = rows[19].sha256;  // the same content twice in one call
  const auto ids = insert(*session, rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(ids[i].has_value() == (i != 3 && i != 7 && i != 20));
  CHECK(session->exec("select count(*) from ingest_log").rows[0][0] == Value{std::int64_t{39}});
}

TEST_CASE_ON_EACH_STORE("contents are found by feed, and only if they were loaded") {
  const auto session = open_migrated(target, built_in());
  auto rows = many_rows(40);
  rows[1].status = store::Status::failed;
  rows[2].feed = "vehicles_status";
  rows[3].status = store::Status::partial;
  const auto ids = insert(*session, rows);
  std::vector<store::Content> wanted{{Sha256::of("unknown"), ""}};
  for (const store::LedgerRow& row : rows)
    wanted.push_back(row.content());
  const auto found = store::Ledger{*session}.find_contents("objects_detection", wanted);
  CHECK(found.size() == 38);
  CHECK(found.at(rows[3].content()).file_id == *ids[3]);
  CHECK(found.at(rows[3].content()).status == store::Status::partial);
  CHECK_FALSE(store::Ledger{*session}.find_content("objects_detection", rows[1].content()));
  CHECK(store::Ledger{*session}.find_content("vehicles_status", rows[2].content())->file_id == *ids[2]);
}

TEST_CASE_ON_EACH_STORE("equal bytes with other values in the file name are another content") {
  for (const std::size_t count : {std::size_t{2}, std::size_t{300}}) {
    const std::string feed = "feed of " + std::to_string(count);
    const auto session = open_migrated(target, built_in());
    auto rows = many_rows(count);
    for (std::size_t i = 0; i < count; ++i) {
      rows[i].file_name += feed;
      rows[i].feed = feed;
      rows[i].sha256 = Sha256::of("the same bytes");
      rows[i].name_values = "[\"vehicle \\" + std::to_string(i) + "\",null]";
    }
    const auto ids = insert(*session, rows);
    CHECK(known(ids) == count);

    std::vector<store::Content> wanted{{rows[0].sha256, ""}, {rows[0].sha256, "[\"another\",null]"}};
    for (const store::LedgerRow& row : rows)
      wanted.push_back(row.content());
    const auto found = store::Ledger{*session}.find_contents(feed, wanted);
    CHECK(found.size() == count);
    for (std::size_t i = 0; i < count; ++i)
      CHECK(found.at(rows[i].content()).file_id == *ids[i]);
    CHECK(store::Ledger{*session}.find_content(feed, rows[1].content())->file_id == *ids[1]);
    CHECK_FALSE(store::Ledger{*session}.find_content(feed, {rows[1].sha256, ""}));

    for (store::LedgerRow& row : rows)
      row.claim = "another claim";
    CHECK(known(insert(*session, rows)) == 0);
  }
}
