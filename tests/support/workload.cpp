#include "support/workload.hpp"

#include "decode/decoding.hpp"

#include <doctest/doctest.h>

namespace longshore::test {
namespace {

// bytes; small files stay below it
constexpr std::uint64_t k_large = 100'000;

}  // namespace

Workload::Workload(Pipeline& pipeline) : m_pipeline(pipeline) { m_pipeline.config.large_file = k_large; }

void Workload::drop_small(int files, int records) {
  for (int i = 0; i < files; ++i) {
    const bool is_status = ++m_files % 2 == 0;
    std::string text;
    for (int j = 0; j < records; ++j) {
      text += j ? "," : "";
      text += is_status ? status(next_vehicle(), k_time, "driving") : event(next_vehicle(), k_time);
    }
    const std::string number = std::to_string(m_files) + ".json";
    if (is_status)
      m_pipeline.drop("vehicles_status_" + number, statuses(text));
    else
      m_pipeline.drop("objects_detection_" + number, events(text));
  }
}

void Workload::drop_large(int records) {
  std::string text;
  for (int i = 0; i < records; ++i)
    text += (i ? "," : "") + event(next_vehicle(), k_time);
  REQUIRE(text.size() > k_large);
  m_pipeline.drop("objects_detection_" + std::to_string(++m_files) + ".json", events(text));
}

bool Workload::is_done() { return m_pipeline.files("processed").size() == static_cast<std::size_t>(m_files); }

void Workload::check(int except_files, int except_records) {
  const std::string files = std::to_string(m_files - except_files);
  const std::string records = std::to_string(m_records - except_records);
  CHECK(m_pipeline.one("select count(*) from ingest_log where status = 'loaded'") == files);
  CHECK(m_pipeline.one("select count(*) from ingest_log") == std::to_string(m_files));
  CHECK(m_pipeline.one("select sum(rows_loaded) from ingest_log where status = 'loaded'") == records);
  CHECK(m_pipeline.one(
            "select (select count(*) from detection_events) + (select count(*) from vehicle_status_history)") ==
        records);
  CHECK(m_pipeline.one("select count(*) from vehicle_status") ==
        m_pipeline.one("select count(*) from vehicle_status_history"));
  CHECK(m_pipeline.files("processed").size() == static_cast<std::size_t>(m_files - except_files));
  CHECK(m_pipeline.files("landing").empty());
  m_pipeline.check_books();
}

}  // namespace longshore::test
