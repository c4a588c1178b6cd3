// Computes the records of generated files. Record i depends only on (seed, kind, i), so a later duplicate is computed
// again and no record is stored.
//
// Every record has its own time slot, so no two rows are equal by accident. A record on time has an even millisecond of
// its own slot. A late record has an odd millisecond of the slot of a much earlier record.
#pragma once

#include "generate/options.hpp"
#include "generate/random.hpp"

#include <cstdint>
#include <string>

namespace longshore::generate {

enum class Draw { on_time, late, duplicate, reject };

class Records {
 public:
  // Spreads `expected` records over the days. Throws Error{fatal, Exit::usage} if the days have too few milliseconds.
  Records(const GenerateOptions& options, Kind kind, std::uint64_t expected);

  // Draws the kind of record i, with the shares of the options as probabilities.
  Draw draw(std::uint64_t i) const;
  // Appends record i as a valid record, late if draw(i) says so. Returns the number of its vehicle.
  std::uint64_t append(std::string& out, std::uint64_t i) const;
  // Appends record i with a fault that makes it a reject.
  void append_reject(std::string& out, std::uint64_t i) const;
  // The time of record i as a record on time, in milliseconds since 1970.
  std::int64_t time(std::uint64_t i) const;
  // The number of detections in record i; 0 for a status report.
  std::uint64_t detections(std::uint64_t i) const;

 private:
  struct Identity {
    std::uint64_t vehicle;
    std::int64_t time;
  };

  bool is_late(std::uint64_t i) const { return i >= m_lag && draw(i) == Draw::late; }
  Identity identity(std::uint64_t i) const;
  std::uint64_t vehicle(std::uint64_t i) const { return random(i, 1).below(m_options.vehicles); }
  Random random(std::uint64_t i, std::uint64_t stream) const;
  void append_head(std::string& out, const Identity& identity) const;
  void append_detections(std::string& out, std::uint64_t i) const;
  void append_status(std::string& out, std::uint64_t i) const;

  const GenerateOptions& m_options;
  Kind m_kind;
  std::uint64_t m_step;  // milliseconds per record, even
  std::uint64_t m_lag;   // late record i has a time in the slot of record i - m_lag
};

}  // namespace longshore::generate
