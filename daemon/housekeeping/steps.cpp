#include "housekeeping/steps.hpp"

#include "housekeeping/compress_files.hpp"
#include "housekeeping/make_partitions.hpp"
#include "housekeeping/purge_files.hpp"
#include "housekeeping/purge_rows.hpp"
#include "housekeeping/thin_ledger.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace longshore::housekeeping {
namespace {

constexpr std::chrono::milliseconds k_shortest_interval{1000};
constexpr std::chrono::milliseconds k_longest_interval{3'600'000};

}  // namespace

Steps steps_of(const config::Config& config, const Registry& registry, const spool::Directories& directories) {
  Steps steps;
  if (config.make_partitions.count() > 0)  // first: files may wait for one
    steps.push_back(std::make_unique<MakePartitions>(registry, config.make_partitions));
  if (config.keep_processed.count() > 0)
    steps.push_back(
        std::make_unique<PurgeFiles>(spool::Shelf::processed, config.keep_processed, directories, config.open_grace));
  if (config.keep_failed.count() > 0)
    steps.push_back(
        std::make_unique<PurgeFiles>(spool::Shelf::failed, config.keep_failed, directories, config.open_grace));
  if (config.keep_ledger.count() > 0)
    steps.push_back(std::make_unique<ThinLedger>(config.keep_ledger));
  if (auto rows = std::make_unique<PurgeRows>(registry); !rows->is_empty())
    steps.push_back(std::move(rows));
  if (config.compress_processed.count() > 0)  // last: it may take days
    steps.push_back(std::make_unique<CompressFiles>(config.compress_processed, directories, config.open_grace));
  return steps;
}

std::chrono::milliseconds interval_of(const config::Config& config) {
  auto interval = k_longest_interval;
  for (const auto age : {config.keep_processed, config.keep_failed, config.compress_processed, config.keep_ledger})
    if (age.count() > 0)
      interval = std::min(interval, age / 10);
  return std::max(interval, k_shortest_interval);
}

std::vector<std::string> tables_to_delete_from(const config::Config& config) {
  std::vector<std::string> tables;
  if (config.keep_ledger.count() > 0)
    tables.emplace_back("ingest_rejects");
  return tables;
}

}  // namespace longshore::housekeeping
