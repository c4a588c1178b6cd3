// Deletes the details in the ledger of files that finished longer than keep_ledger ago: their rejected records
// (ingest_rejects). Everything else stays: the row of each file with hash, status, counts, times, error and place,
// which make a content unique, and ingest_overlap, without which a replay would lose rows.
#pragma once

#include "housekeeping/step.hpp"

#include <chrono>
#include <cstdint>

namespace longshore::housekeeping {

class ThinLedger : public Step {
 public:
  explicit ThinLedger(std::chrono::milliseconds age) : m_age(std::chrono::microseconds{age}.count()) {}

  std::string_view name() const override { return "keep_ledger"; }
  std::string_view task() const override { return "thin_ledger"; }
  void run(Round& round) override;

 private:
  const std::int64_t m_age;  // microseconds
};

}  // namespace longshore::housekeeping
