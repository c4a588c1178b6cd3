// Records of the built-in feeds as text, for tests that write files of them.
#pragma once

#include <string>
#include <string_view>

namespace longshore::test {

// A time for tests to which no particular time matters.
inline const std::string k_time = "2022-06-05T21:02:34.546Z";

// An envelope of the objects_detection feed around records, and one record of it.
std::string events(std::string_view records);
std::string event(std::string_view vehicle, std::string_view time,
                  std::string_view detections = R"([{"object_type":"cars","object_value":4}])");

// The status of one vehicle as a file of the vehicles_status feed holds it, and the file around such records.
std::string status(const std::string& vehicle, const std::string& time, const std::string& word);
std::string statuses(const std::string& records);

}  // namespace longshore::test
