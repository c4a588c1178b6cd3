// Parses JSON into events, with RapidJSON. All flags that make it safe on hostile input are set here.
// A syntax error is a JsonFault with its offset. The parser is used for one value after the other.
#pragma once

#include "decode/convert.hpp"
#include "decode/input.hpp"
#include "feed/reject.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::decode {

// A fault of the document, or of the line in line mode. Handlers throw it, parse() returns it.
struct JsonFault {
  std::size_t offset = 0;
  Reason reason;
  bool ends_early = false;  // the document or line ends inside its value
};

inline constexpr ReasonKind k_nul_byte{"json", "unexpected NUL byte"};
inline constexpr ReasonKind k_invalid_utf8{"json", "invalid UTF-8"};
inline constexpr ReasonKind k_too_deep{"json", "nested deeper than max_depth"};
inline constexpr ReasonKind k_token_too_long{"json", "a string or number is longer than max_record_bytes"};

inline JsonFault too_deep(std::size_t offset, unsigned limit) {
  return {offset, {k_too_deep, ": " + std::to_string(limit)}};
}

// Receives the events in document order. At each event the input is behind the token. Texts are valid until the handler
// returns.
class JsonHandler {
 public:
  virtual void scalar(const Scalar& value) = 0;
  virtual void key(std::string_view name) = 0;
  virtual void start_object() = 0;
  virtual void end_object() = 0;
  virtual void start_array() = 0;
  virtual void end_array() = 0;

 protected:
  ~JsonHandler() = default;
};

class JsonParser {
 public:
  // A string longer than `token_limit` bytes is a fault, unless the input's buffer already contains it whole.
  explicit JsonParser(std::size_t token_limit);
  ~JsonParser();

  // Parses one value from the input's current place. The handler must throw at a depth of about a thousand: each level
  // takes 170 bytes of stack (g++ 12).
  std::optional<JsonFault> parse(Input& input, JsonHandler& handler);

 private:
  struct Parts;
  std::size_t m_token_limit;
  std::unique_ptr<Parts> m_parts;
};

}  // namespace longshore::decode
