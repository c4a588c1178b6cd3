// A feed that keeps its rows for 90 days, and records whose age is given in days.
#pragma once

#include "base/time.hpp"
#include "feed/feed.hpp"
#include "store/horizons.hpp"
#include "store/store.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace longshore::test {

inline const std::string k_keep_90_days = "keep = \"90d\"\nby = \"at\"\n";
inline const std::string k_latest = "latest  = { table = \"reading\", key = [\"sensor\"], newest = \"at\" }\n";

// `options` stand in lines 7 and later; a column may follow `value`.
inline std::string readings_toml(const std::string& options, const std::string& column = "") {
  return R"(name    = "readings"
files   = ["readings_*"]
records = [""]
table   = "readings"
key     = ["sensor", "at"]

)" + options +
         R"(columns = [
  { name = "sensor", from = "/sensor", type = "text" },
  { name = "at",     from = "/at",     type = "timestamp" },
  { name = "value",  from = "/value",  type = "integer", required = false },
)" + column +
         "]\n";
}

inline Feed readings(const std::string& options = k_keep_90_days, const std::string& column = "") {
  return parse_feed(readings_toml(options + k_latest, column), "feeds.d/readings.toml");
}

// A lone file of it takes its shorter path.
inline Feed readings_without_latest() { return parse_feed(readings_toml(k_keep_90_days), "feeds.d/readings.toml"); }

// Noon of the day that was so many days before today, in UTC.
inline std::int64_t days_ago(int days) {
  const std::int64_t now = now_micros();
  return now - now % k_micros_a_day - days * k_micros_a_day + k_micros_a_day / 2;
}
// The day's midnight in canonical form: a horizon.
inline std::string midnight(int days) { return format_time(days_ago(days) - k_micros_a_day / 2); }

inline std::string reading(const std::string& sensor, int age_in_days, int value = 1) {
  return R"({"sensor":")" + sensor + R"(","at":")" + format_time(days_ago(age_in_days)) + R"(","value":)" +
         std::to_string(value) + "}";
}
inline std::string reading_list(const std::string& records) { return "[" + records + "]"; }

// So that the ledger confirms this host's clock.
inline void add_file_of_yesterday(store::Session& session) {
  session.exec("insert into ingest_log (file_name, status, started_at) values ('of_yesterday', 'unrouted', $1)",
               {format_time(now_micros() - 2 * k_micros_a_day)});
}

inline void set_horizon(const store::Target& target, const Feed& feed, int age_in_days) {
  const auto session = store::open(target, store::Access::read_write, "longshore/tests");
  REQUIRE(store::raise_horizon(*session, feed, *parse_time(midnight(age_in_days)).micros));
}

}  // namespace longshore::test
