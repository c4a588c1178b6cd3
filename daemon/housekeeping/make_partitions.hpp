// Creates partitions of the feeds' tables for the time ahead, see store/new_partitions.hpp. PostgreSQL only.
#pragma once

#include "feed/feed.hpp"
#include "housekeeping/step.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace longshore::housekeeping {

class MakePartitions : public Step {
 public:
  // The registry must outlive it.
  MakePartitions(const Registry& registry, std::chrono::milliseconds ahead)
      : m_registry(registry), m_ahead(std::chrono::microseconds{ahead}.count()) {}

  std::string_view name() const override { return "make_partitions"; }
  std::string_view task() const override { return name(); }
  void run(Round& round) override;

 private:
  void make(Round& round, const std::string& table);

  const Registry& m_registry;
  const std::int64_t m_ahead;  // microseconds
};

}  // namespace longshore::housekeeping
