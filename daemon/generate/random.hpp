// Random numbers that are the same on every machine: splitmix64 with integer arithmetic. The distributions of the C++
// standard library are not used, because they differ between implementations.
#pragma once

#include <cstdint>

namespace longshore::generate {

// The finalizer of splitmix64: hashes one number.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Random {
 public:
  // Each (seed, stream, number) gives its own sequence.
  constexpr Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t number)
      : m_state(mixed(mixed(mixed(seed) + stream) + number)) {}

  constexpr std::uint64_t next() { return mixed(m_state += 0x9e3779b97f4a7c15ULL); }
  // 0 to limit - 1, for a limit below 2^32; the bias is below limit / 2^32.
  constexpr std::uint64_t below(std::uint64_t limit) { return ((next() >> 32) * limit) >> 32; }
  // [0, 1), 53 bits: exact in a double, so a comparison with a share is exact.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t m_state;
};

}  // namespace longshore::generate
