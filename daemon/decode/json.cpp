// The flags. kParseNumbersAsStringsFlag: RapidJSON 1.1.0 crashes when it converts some 50-byte numbers
// (CVE-2024-38517), so convert.cpp converts them. kParseStopWhenDoneFlag: the caller judges what follows the root. Two
// safety flags are not set, because other checks need half the time. Instead of kParseValidateEncodingFlag, the string
// scan in this file validates UTF-8. Instead of kParseIterativeFlag, handlers throw at the depth limit: without a limit
// the recursive parser overflows the stack on 100 kB of '['.
#include "decode/json.hpp"

#include "base/text.hpp"

#include <rapidjson/reader.h>

#include <cstdlib>
#include <cstring>

namespace longshore::decode {

// RapidJSON finds this overload in Input's namespace and prefers it to its own, which takes one character at a time.
static void SkipWhitespace(Input& input) {  // NOLINT(readability-identifier-naming): its name
  input.skip_white_space();
}

namespace {

constexpr unsigned k_flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseStopWhenDoneFlag;
// kParseFullPrecisionFlag has no effect on RapidJSON while numbers are strings. Here it selects RapidJSON's own token
// parser, not the fast path below. kParseNanAndInfFlag makes NaN and Infinity tokens: only a record that needs their
// value is at fault.
constexpr unsigned k_slow_path = k_flags | rapidjson::kParseFullPrecisionFlag | rapidjson::kParseNanAndInfFlag;

// RapidJSON builds strings with escapes on its stack, so the limit of the stack is the limit of a string.
class BoundedAllocator {
 public:
  struct LimitReached {};
  [[maybe_unused]] static const bool kNeedFree = true;

  explicit BoundedAllocator(std::size_t limit = 0) : m_limit(limit) {}
  void* Malloc(std::size_t size) { return Realloc(nullptr, 0, size); }
  void* Realloc(void* old, std::size_t, std::size_t size) {
    if (size > m_limit)
      throw LimitReached{};
    void* const memory = std::realloc(old, size);
    if (!memory)
      throw std::bad_alloc{};
    return memory;
  }
  static void Free(void* memory) { std::free(memory); }

 private:
  std::size_t m_limit;
};

using BoundedReader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, BoundedAllocator>;

// RapidJSON also accepts a fraction or an exponent after such a word.
bool is_not_finite(std::string_view token) {
  token.remove_prefix(token.starts_with('-') ? 1 : 0);
  return token == "NaN" || token == "Infinity" || token == "Inf";
}

// Passes RapidJSON's events to the handler.
struct Events {
  JsonHandler& handler;
  const Input& input;

  bool Null() { return scalar({Scalar::Kind::null, {}, false}); }
  bool Bool(bool truth) { return scalar({Scalar::Kind::boolean, {}, truth}); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    const std::string_view token{text, length};
    if (token.find_first_of("NI") == std::string_view::npos)
      return number(token);
    if (!is_not_finite(token))
      throw JsonFault{input.Tell() - length,
                      {{"json", "expected a value"}, ": found '" + escape_clipped(token, 64) + "'"}};
    return scalar({Scalar::Kind::not_finite, token, false, false});
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return scalar({Scalar::Kind::string, {text, length}, false});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    handler.key({text, length});
    return true;
  }
  bool StartObject() {
    handler.start_object();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    handler.end_object();
    return true;
  }
  bool StartArray() {
    handler.start_array();
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    handler.end_array();
    return true;
  }
  // never called: k_flags makes every number a RawNumber
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  bool number(std::string_view text) { return scalar({Scalar::Kind::number, text, false}); }
  bool scalar(const Scalar& value) {
    handler.scalar(value);
    return true;
  }
};

std::string_view expected(rapidjson::ParseErrorCode code) {
  switch (code) {
  case rapidjson::kParseErrorDocumentEmpty:
  case rapidjson::kParseErrorValueInvalid:
    return "expected a value";
  case rapidjson::kParseErrorObjectMissName:
    return "expected a member name in quotes";
  case rapidjson::kParseErrorObjectMissColon:
    return "expected ':' after a member name";
  case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
    return "expected ',' or '}' after a member";
  case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
    return "expected ',' or ']' after an element";
  case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
    return "expected four hex digits after \\u";
  case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
    return "lone surrogate";
  case rapidjson::kParseErrorStringMissQuotationMark:
    return "expected '\"' at the end of a string";
  case rapidjson::kParseErrorNumberTooBig:
    return "number too big for a double";
  case rapidjson::kParseErrorNumberMissFraction:
    return "expected a digit after the decimal point";
  case rapidjson::kParseErrorNumberMissExponent:
    return "expected a digit in the exponent";
  default:
    return "not JSON";
  }
}

// RapidJSON's code as a fault: the expected token and the one found.
JsonFault syntax_fault(rapidjson::ParseErrorCode code, std::size_t offset, const Input& input) {
  if (input.at_end())
    return {input.Tell(), {{"json", "ends too early"}, ": " + std::string{expected(code)}}, true};
  const std::string found = escape_clipped(input.slice(offset, offset + 1), 8);
  if (found == "\\x00")
    return {offset, {k_nul_byte, {}}};
  if (code == rapidjson::kParseErrorStringEscapeInvalid) {
    if (found == "\\\\")
      return {offset, {{"json", "invalid escape"}, ": \\" + escape_clipped(input.slice(offset + 1, offset + 2), 8)}};
    return {offset, {{"json", "raw control character in a string"}, ": " + found}};
  }
  const std::string_view text = expected(code);
  return {offset, {{"json", text}, text.starts_with("expected") ? ": found '" + found + "'" : ""}};
}

// The byte at the input's current place.
JsonFault encoding_fault(const Input& input) {
  const std::size_t offset = input.Tell();
  return {offset, {k_invalid_utf8, ": found '" + escape_clipped(input.slice(offset, offset + 1), 8) + "'"}};
}

}  // namespace
}  // namespace longshore::decode

// Faster versions of three member functions of RapidJSON. C++ wants such specialisations in the namespace of the
// template.
namespace rapidjson {

using longshore::decode::BoundedReader;
using longshore::decode::encoding_fault;
using longshore::decode::Events;
using longshore::decode::Input;
using longshore::decode::k_flags;
using longshore::decode::k_slow_path;
using longshore::decode::Scalar;

// Most strings have no escape and are whole in the buffer: the handler gets a view of the buffer, without a copy.
template <>
template <>
// NOLINTNEXTLINE(readability-identifier-naming): the name is RapidJSON's
void BoundedReader::ParseString<k_flags>(Input& input, Events& events, bool is_key) {
  const auto text = input.take_plain_string();
  if (!text)
    return ParseString<k_slow_path>(input, events, is_key);
  if (is_key)
    events.handler.key(*text);
  else
    events.handler.scalar({Scalar::Kind::string, *text, false, false});
}

// Likewise most numbers.
template <>
template <>
void BoundedReader::ParseNumber<k_flags>(Input& input, Events& events) {
  if (const auto text = input.take_plain_integer())
    events.number(*text);
  else
    ParseNumber<k_slow_path>(input, events);
}

// RapidJSON calls this at each place inside a string, and itself handles what follows: the quote, an escape, or a
// fault. Its own version for streams does nothing.
template <>
template <>
inline void BoundedReader::ScanCopyUnescapedString(Input& input, StackStream<char>& out) {
  input.take_text([&](std::string_view text) {
    std::memcpy(out.Push(static_cast<SizeType>(text.size())), text.data(), text.size());
  });
  if (static_cast<signed char>(input.Peek()) < 0)
    throw encoding_fault(input);
}

}  // namespace rapidjson

namespace longshore::decode {

struct JsonParser::Parts {
  explicit Parts(std::size_t token_limit) : allocator(2 * token_limit + 65536) {}

  BoundedAllocator allocator;
  BoundedReader reader{&allocator};
};

JsonParser::JsonParser(std::size_t token_limit)
    : m_token_limit(token_limit), m_parts(std::make_unique<Parts>(token_limit)) {}
JsonParser::~JsonParser() = default;

std::optional<JsonFault> JsonParser::parse(Input& input, JsonHandler& handler) {
  Events events{handler, input};
  try {
    const rapidjson::ParseResult result = m_parts->reader.Parse<k_flags>(input, events);
    if (result.IsError())
      return syntax_fault(result.Code(), result.Offset(), input);
  } catch (const BoundedAllocator::LimitReached&) {
    return JsonFault{input.Tell(), {k_token_too_long, ": " + std::to_string(m_token_limit)}};
  } catch (JsonFault& fault) {
    return std::move(fault);
  }
  return {};
}

}  // namespace longshore::decode
