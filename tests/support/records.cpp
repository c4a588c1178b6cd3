#include "support/records.hpp"

namespace longshore::test {

std::string events(std::string_view records) {
  return R"({"objects_detection_events":[)" + std::string{records} + "]}";
}

std::string event(std::string_view vehicle, std::string_view time, std::string_view detections) {
  return R"({"vehicle_id":")" + std::string{vehicle} + R"(","detection_time":")" + std::string{time} +
         R"(","detections":)" + std::string{detections} + "}";
}

std::string status(const std::string& vehicle, const std::string& time, const std::string& word) {
  return R"({"vehicle_id":")" + vehicle + R"(","report_time":")" + time + R"(","status":")" + word + "\"}";
}

std::string statuses(const std::string& records) { return R"({"vehicle_status":[)" + records + "]}"; }

}  // namespace longshore::test
