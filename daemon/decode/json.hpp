// JSON as events, by RapidJSON, with the flags that make it safe on hostile input, in one place.
#pragma once

#include "decode/convert.hpp"
#include "decode/input.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::decode {

// A fault of the document (of the line, in line mode) at an offset; thrown by handlers, returned by parse().
struct DocumentFault {
  std::size_t offset = 0;
  std::string text;
  bool ends_early = false;  // the document, or the line, before its value does
};

// What a document says, in its order; each event comes when the input is behind what it tells of. Texts are there until the
// handler returns.
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

class JsonReader {
 public:
  // Strings longer than `token_limit` bytes are a fault, unless they are in the input's buffer anyway.
  explicit JsonReader(std::size_t token_limit);
  ~JsonReader();

  // Parses one value from the input's place on. The handler must throw at a depth of a thousand or so: each level takes 170
  // bytes of stack (g++ 12).
  std::optional<DocumentFault> parse(Input& input, JsonHandler& handler);

 private:
  struct Parts;
  std::size_t m_token_limit;
  std::unique_ptr<Parts> m_parts;
};

}  // namespace longshore::decode
