// Waits for a condition that another process or thread makes true.
#pragma once

#include <chrono>
#include <thread>

namespace longshore::test {

// Repeats the check every 10 ms until it returns true. Returns false when the time is over.
template <class Check>
bool eventually(Check check, std::chrono::milliseconds patience = std::chrono::seconds{30}) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!check()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

}  // namespace longshore::test
