// Removes the rows of feeds with `keep`: row_retention.hpp. Unlike the other steps, declarations of feeds ask for it.
#pragma once

#include "feed/feed.hpp"
#include "housekeeping/row_retention.hpp"
#include "housekeeping/step.hpp"

#include <cstdint>
#include <string_view>

namespace longshore::housekeeping {

class PurgeRows : public Step {
 public:
  // The registry must outlive it.
  explicit PurgeRows(const Registry& registry) : m_retention(registry) {}

  // True if no feed has `keep`.
  bool is_empty() const { return m_retention.is_empty(); }
  std::string_view name() const override { return "removal of old rows"; }
  std::string_view task() const override { return "purge_rows"; }
  void run(Round& round) override {
    count(round);  // rows of a step that failed after it had removed them
    while (take_step(round))
      round.rest();
  }

 private:
  bool take_step(Round& round) {
    const bool has_more = m_retention.step(round.session(), round.observer(), round.now());
    count(round);
    return has_more;
  }
  void count(Round& round) {
    round.work().rows += m_retention.rows() - m_counted;
    m_counted = m_retention.rows();
  }

  RowRetention m_retention;
  std::uint64_t m_counted = 0;
};

}  // namespace longshore::housekeeping
