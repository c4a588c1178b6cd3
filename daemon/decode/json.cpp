#include "decode/json.hpp"

#include "base/text.hpp"

namespace longshore::decode {
namespace {

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

}  // namespace

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

DocumentFault encoding_fault(const Input& input) {
  const std::size_t offset = input.Tell();
  return {offset, "bytes that are no UTF-8, found '" + escape_clipped(input.slice(offset, offset + 1), 8) + "'"};
}

}  // namespace longshore::decode
