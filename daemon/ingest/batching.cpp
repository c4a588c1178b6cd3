#include "ingest/batching.hpp"

#include <cstdint>
#include <utility>

namespace longshore::ingest {

std::vector<spool::Candidate> take_batch(std::vector<spool::Candidate>& ready, const config::Config& config,
                                         bool large_allowed) {
  std::vector<spool::Candidate> batch;
  std::vector<spool::Candidate> rest;
  std::uint64_t bytes = 0;
  bool has_large = false;
  const auto fits = [&](const spool::Candidate& file) {
    if (has_large)
      return false;
    if (is_large(file, config))
      return large_allowed && batch.empty();
    return batch.size() < config.batch_files && bytes + file.size <= config.large_file;
  };
  for (spool::Candidate& file : ready) {
    if (!fits(file)) {
      rest.push_back(std::move(file));
      continue;
    }
    bytes += file.size;
    has_large = is_large(file, config);
    batch.push_back(std::move(file));
  }
  ready = std::move(rest);
  return batch;
}

}  // namespace longshore::ingest
