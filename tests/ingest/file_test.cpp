#include "ingest/file.hpp"

#include "base/fd.hpp"
#include "base/time.hpp"
#include "spool/work/instance_directory.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <utility>

using namespace longshore;
using namespace longshore::ingest;

namespace {

File attempted() {
  File file;
  file.entry.name = "a\n.json";
  file.entry.size = 7;
  begin_attempt(file, "claim", 2, "host-1");
  return file;
}

decode::Decoded counts(std::uint64_t records, std::uint64_t rejects) {
  decode::Decoded decoded;
  decoded.records = records;
  decoded.rejects = rejects;
  return decoded;
}

}  // namespace

TEST_SUITE("file state") {
  TEST_CASE("an attempt begins without an outcome, with what is known at the claim") {
    File file = attempted();
    CHECK(file.state == FileState::unread);
    CHECK(file.row.file_name == "a\\x0a.json");
    CHECK(file.row.size_bytes == 7);
    CHECK(file.row.attempt == 2);
  }
  TEST_CASE("a file with rejected records is partial, without them loaded") {
    File file = attempted();
    set_counts(file.row, counts(3, 0));
    set_loaded(file, {});
    CHECK(file.row.status == store::Status::loaded);
    set_counts(file.row, counts(3, 1));
    set_loaded(file, {});
    CHECK(file.row.status == store::Status::partial);
    CHECK(file.row.rows_loaded == 2);
    CHECK(file.state == FileState::read);
  }
  TEST_CASE("a failed file keeps its counts of records and rejects, and has no rows") {
    File file = attempted();
    set_counts(file.row, counts(3, 1));
    set_failed(file, Error{Fault::bad_file, "bad"}.at({10, 2, 3}));
    CHECK(file.row.error == "bad (byte 10, line 2, column 3)");
    CHECK(file.row.records == 3);
    CHECK(file.row.rows_rejected == 1);
    CHECK(file.row.rows_loaded == 0);
  }
  TEST_CASE("a duplicate names its holder and has no counts and no rejects") {
    File file = attempted();
    set_counts(file.row, counts(3, 1));
    file.rejects.resize(1);
    set_duplicate(file, 42);
    CHECK(file.row.duplicate_of == 42);
    CHECK(file.row.records == 0);
    CHECK(file.rejects.empty());
  }
  TEST_CASE("the next attempt clears an outcome, but keeps a fixed one") {
    File file = attempted();
    set_failed(file, Error{Fault::bad_file, "bad"});
    CHECK(!is_outcome_fixed(file));
    fix_outcome(file);
    CHECK(is_outcome_fixed(file));
    CHECK(is_to_be_archived(file));
    begin_attempt(file, "claim", 3, "host-1");
    CHECK(file.row.error.empty());
  }
  TEST_CASE("a document whose last record may be incomplete is not loaded before the grace time is over") {
    File file = attempted();
    file.row.modified_at = now_micros();
    spool::InstanceDirectory empty;
    empty.fd = open_directory("/proc/self/fdinfo");
    spool::Claim claim;
    claim.instance_directory = std::make_shared<const spool::InstanceDirectory>(std::move(empty));
    decode::Decoded decoded = counts(3, 1);
    CHECK_NOTHROW(require_complete(claim, file, decoded, std::chrono::hours{1}));
    decoded.ends_early = true;
    CHECK_THROWS_WITH_AS(require_complete(claim, file, decoded, std::chrono::hours{1}),
                         "a\\x0a.json may still be written: its last record has no end", Error);
    CHECK_NOTHROW(require_complete(claim, file, decoded, std::chrono::hours{0}));
  }
  TEST_CASE("a missing file is recorded as failed, and one that the ledger has is not recorded again") {
    File file = attempted();
    set_missing(file);
    CHECK(file.row.status == store::Status::failed);
    CHECK(is_to_be_recorded(file));
    CHECK(!is_to_be_archived(file));
    store::Arrival arrival;
    arrival.status = store::Status::loaded;
    arrival.archive_path = "processed/2026-11-21/a";
    set_recorded_before(file, arrival);
    CHECK(file.row.archive_path == arrival.archive_path);
    CHECK(is_outcome_fixed(file));
    CHECK(!is_to_be_recorded(file));
  }
}
