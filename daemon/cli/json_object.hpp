// One JSON object as a line of output, its members in the order of the calls.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::cli {

class JsonObject {
 public:
  JsonObject() : m_writer(m_buffer) { m_writer.StartObject(); }

  void put(std::string_view key, std::string_view text) {
    name(key);
    m_writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void put(std::string_view key, std::uint64_t number) {
    name(key);
    m_writer.Uint64(number);
  }
  void put(std::string_view key, std::same_as<bool> auto value) {
    name(key);
    m_writer.Bool(value);
  }

  // `members` puts the members of a nested object.
  void put_object(std::string_view key, auto members) {
    name(key);
    m_writer.StartObject();
    members();
    m_writer.EndObject();
  }
  // An object for each element of `range`; `members(element)` puts its members.
  void put_objects(std::string_view key, const auto& range, auto members) {
    name(key);
    m_writer.StartArray();
    for (const auto& element : range) {
      m_writer.StartObject();
      members(element);
      m_writer.EndObject();
    }
    m_writer.EndArray();
  }
  void put_texts(std::string_view key, const auto& range, auto to_text) {
    name(key);
    m_writer.StartArray();
    for (const auto& element : range)
      m_writer.String(to_text(element).c_str());
    m_writer.EndArray();
  }

  // Ends the object. Call it once.
  std::string line() {
    m_writer.EndObject();
    return std::string{m_buffer.GetString()} + "\n";
  }

 private:
  void name(std::string_view key) { m_writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size())); }

  rapidjson::StringBuffer m_buffer;
  rapidjson::Writer<rapidjson::StringBuffer> m_writer;
};

}  // namespace longshore::cli
