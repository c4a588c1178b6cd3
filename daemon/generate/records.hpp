// The records of generated files. Record i is a pure function of (seed, kind, i): so that any of them can be repeated later as
// a duplicate without being remembered.
//
// Every record owns a slot of time, so no two rows are equal by accident: records on time lie on even milliseconds, a late
// one on an odd millisecond of the slot of a record long before it.
#pragma once

#include "generate/options.hpp"
#include "generate/random.hpp"

#include <cstdint>
#include <string>

namespace longshore::generate {

enum class Draw { on_time, late, duplicate, reject };

class Records {
 public:
  // `expected` is how many there will be in all; they fill the days. Throws Error{fatal, Exit::usage} when the days have not
  // enough milliseconds.
  Records(const GenerateOptions& options, Kind kind, std::uint64_t expected);

  // What the shares make of record i.
  Draw draw(std::uint64_t i) const;
  // Appends record i as a good one (late if it was drawn so, on time else); returns the number of its vehicle.
  std::uint64_t append(std::string& out, std::uint64_t i) const;
  // Appends record i with a fault that makes it a reject.
  void append_reject(std::string& out, std::uint64_t i) const;
  // In milliseconds since 1970: of a record on time.
  std::int64_t time(std::uint64_t i) const;
  // Detections in record i; of a status report none.
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
  std::uint64_t m_step;  // milliseconds a record, even
  std::uint64_t m_lag;   // a late record is that many late
};

}  // namespace longshore::generate
