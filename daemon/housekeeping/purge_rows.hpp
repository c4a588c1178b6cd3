// Removes the rows of feeds with `keep`: row_retention.hpp. Unlike the other steps, declarations of feeds ask for it.
#pragma once

#include "feed/feed.hpp"
#include "housekeeping/row_retention.hpp"
#include "housekeeping/step.hpp"

#include <string_view>

namespace longshore::housekeeping {

class PurgeRows : public Step {
 public:
  // The registry must outlive it.
  explicit PurgeRows(const Registry& registry) : m_retention(registry) {}

  // True if no feed has `keep`.
  bool is_empty() const { return m_retention.is_empty(); }
  std::string_view name() const override { return "removal of old rows"; }
  void run(Round& round) override {
    while (m_retention.step(round.session(), round.observer(), round.now()))
      round.rest();
  }

 private:
  RowRetention m_retention;
};

}  // namespace longshore::housekeeping
