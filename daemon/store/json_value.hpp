// Writes a store::Value as JSON.
#pragma once

#include "store/store.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <string>

namespace longshore::store {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

inline void write_json(JsonWriter& writer, const std::string& text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// A double that JSON cannot write, such as an infinity, becomes a text.
inline void write_json(JsonWriter& writer, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value))
    writer.Int64(*whole);
  else if (const auto* real = std::get_if<double>(&value); real && std::isfinite(*real))
    writer.Double(*real);
  else if (std::holds_alternative<std::monostate>(value))
    writer.Null();
  else
    write_json(writer, as_text(value));
}

}  // namespace longshore::store
