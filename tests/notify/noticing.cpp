#include "notify/noticing.hpp"

#include "support/eventually.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <filesystem>

namespace longshore::test {

std::string at(const std::string& json, const std::string& pointer) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  REQUIRE_MESSAGE(!document.HasParseError(), json);
  const rapidjson::Value* value = rapidjson::Pointer{pointer.c_str()}.Get(document);
  if (!value)
    return "-";
  if (value->IsString())
    return {value->GetString(), value->GetStringLength()};
  return value->IsUint64() ? std::to_string(value->GetUint64()) : "?";
}

std::uint64_t sum_of(const std::vector<std::string>& jsons, const std::string& pointer) {
  std::uint64_t sum = 0;
  for (const std::string& json : jsons)
    sum += std::stoull(at(json, pointer));
  return sum;
}

void write_script(const std::string& path, const std::string& text) {
  write_file(path + ".new", "#!/bin/sh\n" + text);
  std::filesystem::permissions(path + ".new", std::filesystem::perms::owner_all);
  std::filesystem::rename(path + ".new", path);
}

Recorder::Recorder(const std::string& first) : m_path(m_scratch / "record") {
  write_script(m_path, "cd '" + m_scratch.path().string() + "' || exit 1\n" + first + R"(
n=1
while [ -e $n.json ]; do n=$((n + 1)); done
env > $n.env
cat > part && mv part $n.json
)");
}

std::vector<std::string> Recorder::notices() const {
  std::vector<std::string> jsons;
  for (int number = 1; std::filesystem::exists(m_scratch / (std::to_string(number) + ".json")); ++number)
    jsons.push_back(content_of(m_scratch / (std::to_string(number) + ".json")));
  return jsons;
}

std::vector<std::string> Recorder::notices(const std::string& kind) const {
  std::vector<std::string> jsons = notices();
  std::erase_if(jsons, [&](const std::string& json) { return at(json, "/kind") != kind; });
  return jsons;
}

bool Recorder::receives(const std::string& kind, std::size_t count) const {
  return eventually([&] { return notices(kind).size() >= count; });
}

}  // namespace longshore::test
