#include "ingest/parked_feeds.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::ingest;

namespace {

const Error k_error{Fault::needs_operator, "no partition"};

void park(ParkedFeeds& parked, const Feed& feed, unsigned files) {
  for (unsigned i = 0; i < files; ++i)
    parked.file_parked(feed, "x.json", k_error);
}

Job job_of(const Feed& feed, store::Status status) {
  Job job;
  job.files.resize(1);
  job.files[0].feed = &feed;
  job.files[0].row.status = status;
  return job;
}

}  // namespace

TEST_SUITE("parked feeds") {
  TEST_CASE("a feed is stalled after 20 parked files in a row, and not any more after a load") {
    Feed doors;
    doors.name = "doors";
    Feed gates;
    gates.name = "gates";
    ParkedFeeds parked;
    park(parked, doors, k_most_parked_in_a_row - 1);
    CHECK_FALSE(parked.is_stalled(&doors));
    park(parked, doors, 1);
    CHECK(parked.is_stalled(&doors));
    CHECK_FALSE(parked.is_stalled(&gates));
    parked.job_committed(job_of(gates, store::Status::loaded));
    parked.job_committed(job_of(doors, store::Status::duplicate));  // it used no table of the feed
    CHECK(parked.is_stalled(&doors));
    CHECK(parked.take_resumed().empty());
    parked.job_committed(job_of(doors, store::Status::loaded));
    CHECK_FALSE(parked.is_stalled(&doors));
    CHECK(parked.take_resumed() == std::set<std::string>{"doors"});
    CHECK(parked.take_resumed().empty());
  }

  TEST_CASE("a load between parked files starts the count again; only a parked file that loads resumes the others") {
    Feed doors;
    doors.name = "doors";
    ParkedFeeds parked;
    park(parked, doors, k_most_parked_in_a_row - 1);
    Job job = job_of(doors, store::Status::loaded);
    parked.job_committed(job);
    CHECK(parked.take_resumed().empty());
    park(parked, doors, k_most_parked_in_a_row - 1);
    CHECK_FALSE(parked.is_stalled(&doors));
    job.park_reason = "no partition";
    parked.job_committed(job);
    CHECK(parked.take_resumed() == std::set<std::string>{"doors"});
  }
}
