// One instant on two clocks.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>

namespace longshore::notify {

struct Moment {
  using Clock = std::chrono::steady_clock;
  Clock::time_point steady{};  // for intervals
  std::int64_t wall = 0;       // for texts and midnight: microseconds as in base/time.hpp

  static Moment now() { return {Clock::now(), now_micros()}; }
};

}  // namespace longshore::notify
