// The progress of a generator: one line on a terminal, overwritten up to four times a second, and removed at the end.
#pragma once

#include "base/text.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>

#include <unistd.h>

namespace longshore::generate {

class Progress {
 public:
  // Call it after each finished file, with its size.
  void add(std::uint64_t bytes) {
    m_bytes += bytes;
    m_files += 1;
    const auto now = std::chrono::steady_clock::now();
    if (!m_is_terminal || now - m_last < std::chrono::milliseconds{250})
      return;
    m_last = now;
    std::fprintf(stderr, "\r%s files, %s \033[K", human_count(m_files).c_str(),
                 human_bytes(static_cast<double>(m_bytes)).c_str());
  }
  ~Progress() {
    if (m_last != std::chrono::steady_clock::time_point{})
      std::fputs("\r\033[K", stderr);
  }

 private:
  const bool m_is_terminal = ::isatty(STDERR_FILENO) == 1;
  std::uint64_t m_bytes = 0;
  std::uint64_t m_files = 0;
  std::chrono::steady_clock::time_point m_last{};
};

}  // namespace longshore::generate
