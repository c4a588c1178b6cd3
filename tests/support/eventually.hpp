// Waiting for what another process does.
#pragma once

#include <chrono>
#include <thread>

namespace longshore::test {

// Asks until the answer is yes; false when it has not come in time.
template <class Question>
bool eventually(Question question, std::chrono::milliseconds patience = std::chrono::seconds{30}) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!question()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

}  // namespace longshore::test
