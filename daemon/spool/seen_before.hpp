// Remembers what was logged, so that it is logged once: the last 100 000 texts, as 64-bit hashes.
#pragma once

#include "base/digest.hpp"

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>

namespace longshore::spool {

class SeenBefore {
 public:
  // Returns true for a text that is new, or that was dropped from the memory.
  bool is_new(std::string_view text) {
    const std::int64_t hash = xxh3(text, 0);
    if (!m_known.insert(hash).second)
      return false;
    m_order.push_back(hash);
    if (m_order.size() > k_most) {
      m_known.erase(m_order.front());
      m_order.pop_front();
    }
    return true;
  }

 private:
  static constexpr std::size_t k_most = 100'000;
  std::unordered_set<std::int64_t> m_known;
  std::deque<std::int64_t> m_order;  // the oldest first
};

}  // namespace longshore::spool
