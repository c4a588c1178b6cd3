// Helpers for replay tests: load files, replay, and compare all that a replay may change.
#pragma once

#include "admin/replay.hpp"
#include "decode/decoding.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace longshore::test {

using Ids = std::vector<std::int64_t>;
using Lines = std::vector<std::string>;

inline std::vector<admin::LeftOut> replay(Pipeline& p, const Ids& ids, const Registry& registry,
                                          bool keep_going = false, admin::Copies copies = admin::Copies::as_loaded) {
  const auto session = store::open(p.target(), store::Access::read_write, "longshore/test");
  return admin::Replay{p.config, registry, *session, copies}.run(ids, keep_going);
}

inline void load(Pipeline& p, const std::string& name, const std::string& content) {
  p.drop(name, content);
  CHECK(p.run_once() == Exit::ok);
}

// All rows and counts, which a failed replay must not change.
inline Lines everything(Pipeline& p) {
  Lines out = p.data();
  for (
      const char* sql :
      {"select file_id, status, attempt, records, rows_loaded, rows_duplicate, rows_rejected, archive_path from ingest_log order by 1",
       "select * from ingest_rejects order by 1, 2", "select * from ingest_overlap order by 1, 2",
       "select vehicle_id, file_id from vehicle_status order by 1",
       "select vehicle_id, detection_time, record_hash, file_id from detection_events order by 1, 2, 3"})
    for (auto& row : p.rows(sql))
      out.push_back(std::move(row));
  return out;
}

// Three files that share rows in a chain, one that shares none, and statuses.
inline void load_five(Pipeline& p) {
  load(p, "objects_detection_1.json", events(event("a", k_time) + "," + event("b", k_time)));
  load(p, "objects_detection_2.json", events(event("b", k_time) + "," + event("c", k_time)));
  load(p, "objects_detection_3.json", events(event("c", k_time) + "," + event("d", k_time) + ",{}"));
  load(p, "objects_detection_4.json", events(event("x", k_time)));
  load(p, "vehicles_status_1.json", R"({"vehicle_status":[)" + status("a", "2024-01-01T00:00:00Z", "driving") + "]}");
}

}  // namespace longshore::test
