// A time zone of the system's tz database, read with cctz. Thread-safe: it neither reads nor sets TZ.
//
// A clock time that occurs twice, because clocks are set back, is the earlier instant. One that is skipped, because
// clocks are set forward, is read with the offset from before the change: 02:30 is the instant of 03:30 summer time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <cctz/time_zone.h>

namespace longshore {

class TimeZone {
 public:
  // `name` is "Europe/Berlin"; nothing if the database has no such zone, or is missing.
  static std::optional<TimeZone> load(const std::string& name);

  std::string name() const { return m_zone.name(); }
  // Both count microseconds since 2000-01-01T00:00:00: in UTC, or on a clock in this zone.
  std::int64_t to_utc(std::int64_t local) const;
  std::int64_t to_local(std::int64_t utc) const;

 private:
  explicit TimeZone(cctz::time_zone zone) : m_zone(zone) {}

  cctz::time_zone m_zone;
};

}  // namespace longshore
