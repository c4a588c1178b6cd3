// kParseNumbersAsStringsFlag: converting numbers crashes 1.1.0 on some 50-byte ones (CVE-2024-38517); we convert.
// kParseStopWhenDoneFlag: what follows the root is the caller's to judge. Two safe flags are left out because what they guard
// against is kept off in another way, in half the time: kParseValidateEncodingFlag, because the scan of strings in this file
// validates; kParseIterativeFlag (the recursive parser overruns the stack on 100 kB of '['), because a handler must throw
// where a document is nested too deep.
#include "decode/json.hpp"

#include "base/text.hpp"

#include <rapidjson/reader.h>

#include <cstdlib>
#include <cstring>

namespace longshore::decode {

// Found by RapidJSON, as it belongs to Input's namespace, before its own, which takes one character after the other.
static void SkipWhitespace(Input& input) {  // NOLINT(readability-identifier-naming): its name
  input.skip_white_space();
}

namespace {

constexpr unsigned k_flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseStopWhenDoneFlag;
// The same to RapidJSON where numbers are strings; here it selects RapidJSON's own way of a token instead of the short one.
constexpr unsigned k_own_way = k_flags | rapidjson::kParseFullPrecisionFlag;

// RapidJSON builds a string that is not plain on its stack: the stack's limit is the limit of a string.
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

using Reader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, BoundedAllocator>;

// RapidJSON's events.
struct Events {
  JsonHandler& handler;

  bool Null() { return scalar({Scalar::Kind::null, {}, false}); }
  bool Bool(bool truth) { return scalar({Scalar::Kind::boolean, {}, truth}); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) { return number({text, length}); }
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
  // the parser hands every number over as text
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
    return "a lone surrogate";
  case rapidjson::kParseErrorStringMissQuotationMark:
    return "expected '\"' at the end of a string";
  case rapidjson::kParseErrorNumberTooBig:
    return "a number too big for a double";
  case rapidjson::kParseErrorNumberMissFraction:
    return "expected a digit after the decimal point";
  case rapidjson::kParseErrorNumberMissExponent:
    return "expected a digit in the exponent";
  default:
    return "no JSON";
  }
}

// What RapidJSON's code means, what was expected and what stood there.
DocumentFault syntax_fault(rapidjson::ParseErrorCode code, std::size_t offset, const Input& input) {
  if (input.at_end())
    return {input.Tell(), "ends too early: " + std::string{expected(code)}, true};
  const std::string found = escape_clipped(input.slice(offset, offset + 1), 8);
  if (found == "\\x00")
    return {offset, "a NUL byte"};
  if (code == rapidjson::kParseErrorStringEscapeInvalid) {
    if (found == "\\\\")
      return {offset, "no escape of JSON: \\" + escape_clipped(input.slice(offset + 1, offset + 2), 8)};
    return {offset, "a raw control character in a string: " + found};
  }
  std::string text{expected(code)};
  if (text.starts_with("expected"))
    text += ", found '" + found + "'";
  return {offset, std::move(text)};
}

// Of the byte at the input's place.
DocumentFault encoding_fault(const Input& input) {
  const std::size_t offset = input.Tell();
  return {offset, "bytes that are no UTF-8, found '" + escape_clipped(input.slice(offset, offset + 1), 8) + "'"};
}

}  // namespace
}  // namespace longshore::decode

using namespace longshore::decode;

// Most strings have no escape and are in the buffer whole: they are handed over where they stand, not copied to the stack.
template <>
template <>
// NOLINTNEXTLINE(readability-identifier-naming): RapidJSON's own declaration is judged
void Reader::ParseString<k_flags>(Input& input, Events& events, bool is_key) {
  const auto text = input.take_plain_string();
  if (!text)
    return ParseString<k_own_way>(input, events, is_key);
  if (is_key)
    events.handler.key(*text);
  else
    events.handler.scalar({Scalar::Kind::string, *text, false, false});
}

// So are most numbers.
template <>
template <>
void Reader::ParseNumber<k_flags>(Input& input, Events& events) {
  if (const auto text = input.take_plain_integer())
    events.number(*text);
  else
    ParseNumber<k_own_way>(input, events);
}

// RapidJSON calls this wherever it stands inside a string, and takes what follows by itself: the quote, an escape, or what is
// wrong. Its own version for streams does nothing.
template <>
template <>
inline void Reader::ScanCopyUnescapedString(Input& input, StackStream<char>& out) {
  input.take_text([&](std::string_view text) {
    std::memcpy(out.Push(static_cast<rapidjson::SizeType>(text.size())), text.data(), text.size());
  });
  if (static_cast<signed char>(input.Peek()) < 0)
    throw encoding_fault(input);
}

namespace longshore::decode {

struct JsonReader::Parts {
  explicit Parts(std::size_t token_limit) : allocator(2 * token_limit + 65536) {}

  BoundedAllocator allocator;
  Reader reader{&allocator};
};

JsonReader::JsonReader(std::size_t token_limit)
    : m_token_limit(token_limit), m_parts(std::make_unique<Parts>(token_limit)) {}
JsonReader::~JsonReader() = default;

std::optional<DocumentFault> JsonReader::parse(Input& input, JsonHandler& handler) {
  Events events{handler};
  try {
    const rapidjson::ParseResult result = m_parts->reader.Parse<k_flags>(input, events);
    if (result.IsError())
      return syntax_fault(result.Code(), result.Offset(), input);
  } catch (const BoundedAllocator::LimitReached&) {
    return DocumentFault{input.Tell(), "a string or number of more than " + std::to_string(m_token_limit) + " bytes"};
  } catch (DocumentFault& fault) {
    return std::move(fault);
  }
  return {};
}

}  // namespace longshore::decode
