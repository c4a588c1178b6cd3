// compress_processed: old files are replaced by compressed copies, which every command reads.
#include "base/digest.hpp"
#include "housekeeping/keeping.hpp"
#include "support/compressed.hpp"
#include "support/each_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::hours k_day{24};
const std::string k_name = routed("1");
const std::string k_path = "processed/2020-01-01/" + k_name;

std::string large(const std::string& vehicle = "v") { return document(vehicle, 100); }

}  // namespace

TEST_SUITE("housekeeping") {
  TEST_CASE_ON_EACH_STORE("a loaded file older than compress_processed becomes a .zst, which verify and replay read") {
    Pipeline p{target};
    load_old(p, k_name, large());
    const auto mtime = fs::last_write_time(p.scratch / k_path);
    const Words rows = p.data();
    const std::string ledger = "select status, size_bytes, sha256, records, rows_loaded from ingest_log";
    const std::string before = p.one(ledger);
    p.config.compress_processed = k_day;

    p.run_once();

    CHECK(archived(p) == Words{"2020-01-01/" + k_name + ".zst"});
    const std::string packed = p.scratch / (k_path + ".zst");
    CHECK(p.one("select archive_path, packed_bytes from ingest_log") ==
          k_path + ".zst|" + std::to_string(fs::file_size(packed)));
    CHECK(fs::file_size(packed) < large().size() / 2);
    CHECK(p.one("select task, state, result from ingest_task_runs") ==
          R"(compress_processed|succeeded|{"files":1,"bytes":)" +
              std::to_string(large().size() - fs::file_size(packed)) + R"(,"rows":0})");
    CHECK(fs::last_write_time(packed) == mtime);
    CHECK(p.one(ledger) == before);
    check_verify(p);
    CHECK(operate(p, {"replay", "1"}).out == "1 files replayed: 100 rows, 0 duplicates, 0 rejects\n");
    CHECK(p.data() == rows);
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("small files, compressed files and files without gain stay as they are") {
    Pipeline p{target};
    p.drop(routed("small"), document("small"));
    p.drop(routed("gzip"), gzip(large("gzip"), 1) + std::string(8192, '\0'));
    p.drop(routed("zstd"), zstd(document("zstd", 5000)));
    p.run_once();
    make_old(p);
    const Words before = archived(p);
    p.config.compress_processed = k_day;
    p.run_once();
    CHECK(archived(p) == before);
    CHECK(p.rows("select file_id from ingest_log where packed_bytes is not null").empty());
  }

  TEST_CASE_ON_EACH_STORE(
      "F47: a compression that dies at any step leaves a copy where the ledger says, and no new arrival") {
    for (const std::string point : {"packed_written:1", "packed_named:1", "packed_recorded:1"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      load_old(p, k_name, large());
      p.config.compress_processed = k_day;
      REQUIRE(keep_house(p, point) == 137);
      const auto verified = operate(p, {"verify", "--deep", "--repair"});
      CHECK_MESSAGE(verified.err == "no differences\n", verified.out);
      CHECK(p.files("landing").empty());
      CHECK(keep_house(p) == 0);
      CHECK(keep_house(p) == 0);  // the first one may only have removed the second copy
      CHECK(archived(p) == Words{"2020-01-01/" + k_name + ".zst"});
      CHECK(p.one("select count(*) from ingest_log where packed_bytes is not null") == "1");
      check_verify(p);
    }
  }

  TEST_CASE_ON_EACH_STORE("F47: a second copy that a compression left is removed by keep_processed, too") {
    for (const std::string point : {"packed_written:1", "packed_named:1", "packed_recorded:1"}) {
      INFO(point);
      Pipeline p{fresh_like(target)};
      load_old(p, k_name, large());
      p.config.compress_processed = k_day;
      REQUIRE(keep_house(p, point) == 137);
      p.config.compress_processed = std::chrono::milliseconds{0};
      p.config.keep_processed = k_day;
      CHECK(keep_house(p) == 0);
      CHECK(keep_house(p) == 0);
      CHECK(p.rows(k_purged) == Words{"1"});
      CHECK(archived(p).empty());
      CHECK_FALSE(fs::exists(p.scratch / ("processed/" + k_old_day)));
      check_verify(p);
    }
  }

  TEST_CASE_ON_EACH_STORE("F47: the original stays if the compressed copy was damaged before it was removed") {
    Pipeline p{target};
    load_old(p, k_name, large());
    p.config.compress_processed = p.config.keep_processed = k_day;
    p.config.keep_processed = std::chrono::hours{24 * 365 * 90};
    REQUIRE(keep_house(p, "packed_recorded:1") == 137);
    const std::string packed = p.scratch / (k_path + ".zst");
    fs::resize_file(packed, fs::file_size(packed) - 1);
    CHECK(keep_house(p) == 0);
    CHECK(archived(p) == Words{"2020-01-01/" + k_name, "2020-01-01/" + k_name + ".zst"});
    CHECK(content_of(p.scratch / k_path) == large());
    const auto verified = operate(p, {"verify", "--deep", "--repair"});
    CHECK(column(verified, "problem") == Words{"wrong_size"});
    CHECK(column(verified, "remedy") == Words{"restore this compressed copy from a backup; any copy of the file serves "
                                              "for longshore replay 1 --copy PATH"});
    CHECK(p.files("landing").empty());
  }

  TEST_CASE_ON_EACH_STORE("compress_processed alone removes nothing that is purged") {
    Pipeline p{target};
    load_old(p, k_name, large());
    change(p, "update ingest_log set purged_at = '2026-01-01T00:00:00Z'");  // of another archive with this database
    p.config.compress_processed = k_day;
    CHECK(keep_house(p) == 0);
    CHECK(archived(p) == Words{"2020-01-01/" + k_name});
  }

  TEST_CASE_ON_EACH_STORE("a name that is too long for .zst leaves the other files alone") {
    Pipeline p{target};
    const std::string longest = routed(std::string(253 - routed("").size(), 'a'));
    p.drop(longest, large("a"));
    p.drop(routed("z"), large("z"));
    p.run_once();
    make_old(p);
    p.config.compress_processed = k_day;
    DaemonProcess daemon{p};
    CHECK(daemon.wait() == 0);
    CHECK(daemon.log().find("housekeeping: ") == std::string::npos);
    CHECK(archived(p) == Words{"2020-01-01/" + longest, "2020-01-01/" + routed("z") + ".zst"});
  }

  TEST_CASE_ON_EACH_STORE("a file whose name with .zst is taken by another file stays as it is") {
    Pipeline p{target};
    p.drop(k_name, large());
    p.drop(k_name + ".zst", zstd(large("other")));
    p.run_once();
    make_old(p);
    p.config.compress_processed = k_day;
    p.run_once();
    CHECK(archived(p) == Words{"2020-01-01/" + k_name, "2020-01-01/" + k_name + ".zst"});
    CHECK(p.rows("select file_id from ingest_log where packed_bytes is not null").empty());
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("F47: a forgotten file named like a compressed copy is known by its content, and loaded") {
    Pipeline p{target};
    load_old(p, k_name, large());
    write_file(p.scratch / (k_path + ".zst"), zstd(large("forgotten")));
    p.config.compress_processed = p.config.keep_processed = k_day;
    p.config.keep_processed = std::chrono::hours{24 * 365 * 90};
    p.run_once();
    const auto verified = operate(p, {"verify", "--repair"});
    CHECK(column(verified, "problem") == Words{"unknown_file"});
    CHECK(p.files("landing") == Words{k_name + ".zst"});
    p.run_once();
    CHECK(p.one("select count(*) from detection_events") == "200");
    check_verify(p);
  }

  TEST_CASE_ON_EACH_STORE("a compressed copy that was cut or damaged is found by verify, and refused by replay") {
    Pipeline p{target};
    load_old(p, k_name, large());
    p.config.compress_processed = k_day;
    p.run_once();
    const std::string packed = p.scratch / (k_path + ".zst");
    std::string content = content_of(packed);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    write_file(packed, content);
    CHECK(operate(p, {"verify"}).err == "no differences\n");
    CHECK(column(operate(p, {"verify", "--deep"}), "problem") == Words{"wrong_content"});
    const auto replayed = operate(p, {"replay", "1"});
    CHECK(replayed.exit == 65);
    CHECK(replayed.err.find("its archived copy has other content (its sha256 differs from the ledger)") !=
          std::string::npos);
    fs::resize_file(packed, content.size() - 1);
    CHECK(column(operate(p, {"verify"}), "problem") == Words{"wrong_size"});
    CHECK(p.one("select count(*) from detection_events") == "100");
    // the file itself still serves
    write_file(p.scratch / "backup", large());
    CHECK(operate(p, {"replay", "1", "--copy", p.scratch / "backup"}).exit == 0);
  }

  TEST_CASE_ON_EACH_STORE("rejected records are exported from a compressed copy") {
    Pipeline p{target};
    std::string records = "{}";
    for (int i = 0; i < 100; ++i)
      records += "," + event("v" + std::to_string(i), k_time);
    load_old(p, k_name, events(records));
    const auto before = operate(p, {"rejects", "1", "--export"});
    CHECK(before.exit == 0);
    p.config.compress_processed = k_day;
    p.run_once();
    CHECK(p.one("select count(*) from ingest_log where packed_bytes is not null") == "1");
    const auto after = operate(p, {"rejects", "1", "--export"});
    CHECK(after.exit == 0);
    CHECK(after.out == before.out);
  }

  TEST_CASE_ON_EACH_STORE("a large file is compressed whole, and an empty claim of a day goes with its last file") {
    Pipeline p{target};
    load_old(p, k_name, document("v", 200'000));
    p.config.compress_processed = k_day;
    p.run_once();
    CHECK(archived(p) == Words{"2020-01-01/" + k_name + ".zst"});
    check_verify(p);
    p.config.keep_processed = k_day;
    p.run_once();
    CHECK(archived(p).empty());
    check_verify(p);
  }
}
