// Batching: which files share a transaction. A large file is loaded alone, small files are loaded together.
// A batch is full at `batch_files` files, or at `large_file` bytes.
#pragma once

#include "config/config.hpp"
#include "spool/candidate.hpp"

#include <vector>

namespace longshore::ingest {

inline bool is_large(const spool::Candidate& file, const config::Config& config) {
  return file.size >= config.large_file;
}

// Removes one batch from `ready`, which is ordered by age: the oldest large file, or the oldest small files. The rest
// stays in order. Without `large_allowed` large files are skipped.
std::vector<spool::Candidate> take_batch(std::vector<spool::Candidate>& ready, const config::Config& config,
                                         bool large_allowed);

}  // namespace longshore::ingest
