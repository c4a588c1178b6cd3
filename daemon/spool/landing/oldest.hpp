// Keeps the oldest `limit` of any number of candidates, so that a listing of a million names needs bounded memory.
#pragma once

#include "spool/candidate.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace longshore::spool {

class Oldest {
 public:
  explicit Oldest(std::size_t limit) : m_limit(limit) {}

  void add(Candidate c) {
    m_heap.push_back(std::move(c));
    std::push_heap(m_heap.begin(), m_heap.end(), is_older);
    if (m_heap.size() <= m_limit)
      return;
    std::pop_heap(m_heap.begin(), m_heap.end(), is_older);
    m_heap.pop_back();
    ++m_left_out;
  }

  // How many candidates add() has dropped.
  std::size_t left_out() const { return m_left_out; }

  // Returns the candidates, oldest first, and is empty afterwards.
  std::vector<Candidate> take() {
    std::sort_heap(m_heap.begin(), m_heap.end(), is_older);
    return std::exchange(m_heap, {});
  }

 private:
  std::size_t m_limit;
  std::size_t m_left_out = 0;
  std::vector<Candidate> m_heap;  // the youngest first
};

}  // namespace longshore::spool
