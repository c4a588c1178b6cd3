// A line of text for each file of a report, at most 64 KiB. Files with a problem come first.
#pragma once

#include "store/ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace longshore::notify {

class ReportLog {
 public:
  void add(const store::LedgerRow& row);
  // Returns the lines and removes them. If files were left out, the last line says how many.
  std::string take();

 private:
  // Whole lines, in the order of their arrival.
  struct Lines {
    std::string text = {};
    std::uint64_t left_out = 0;

    void add(const std::string& line);
  };

  Lines m_problems;
  Lines m_others;
};

}  // namespace longshore::notify
