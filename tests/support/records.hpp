// Records of the built-in feeds as JSON text.
#pragma once

#include <string>
#include <string_view>

namespace longshore::test {

// For tests that need any valid time.
inline const std::string k_time = "2022-06-05T21:02:34.546Z";

// A document of the objects_detection feed with these records, and one such record.
std::string events(std::string_view records);
std::string event(std::string_view vehicle, std::string_view time,
                  std::string_view detections = R"([{"object_type":"cars","object_value":4}])");

// A record of the vehicles_status feed, and a document with such records.
std::string status(const std::string& vehicle, const std::string& time, const std::string& word);
std::string statuses(const std::string& records);

}  // namespace longshore::test
