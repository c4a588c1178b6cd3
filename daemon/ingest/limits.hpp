// From settings to the decoder's limits, and from what it found to a ledger row.
#pragma once

#include "config/config.hpp"
#include "decode/decode.hpp"
#include "ingest/job.hpp"

namespace longshore::ingest {

inline decode::Limits limits_of(const config::Config& config) {
  decode::Limits limits;
  limits.depth = config.max_depth;
  limits.record_bytes = config.max_record_bytes;
  limits.stored_rejects = config.stored_rejects;
  return limits;
}

inline void take_counts(File& file, const decode::Decoded& decoded) {
  file.row.records = decoded.records;
  file.row.rows_loaded = decoded.rows();
  file.row.rows_rejected = decoded.rejects;
  file.row.first_time = decoded.first_time;
  file.row.last_time = decoded.last_time;
}

}  // namespace longshore::ingest
