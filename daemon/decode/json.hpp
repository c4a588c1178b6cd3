// RapidJSON, with the flags that make it safe on hostile input, in one place.
//
// kParseNumbersAsStringsFlag: converting numbers crashes 1.1.0 on some 50-byte ones (CVE-2024-38517); we convert.
// kParseStopWhenDoneFlag: what follows the root is the caller's to judge. Two safe flags are left out because what they guard
// against is kept off in another way, in half the time: kParseValidateEncodingFlag, because the scan of strings at the end of
// this file validates; kParseIterativeFlag (the recursive parser overruns the stack on 100 kB of '['), because a handler must throw
// where a document is nested too deep.
#pragma once

#include "decode/input.hpp"

#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
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

// RapidJSON builds each string whole on its stack: the stack's limit is the limit of a string.
class BoundedAllocator {
 public:
  struct LimitReached {};
  static const bool kNeedFree = true;

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

// Found by RapidJSON before its own, which takes one character after the other.
inline void SkipWhitespace(Input& input) { input.skip_white_space(); }

// What RapidJSON's code means, what was expected and what stood there.
DocumentFault syntax_fault(rapidjson::ParseErrorCode code, std::size_t offset, const Input& input);
// Of the byte at the input's place.
DocumentFault encoding_fault(const Input& input);

class JsonReader {
 public:
  // Strings longer than `token_limit` bytes are a fault.
  explicit JsonReader(std::size_t token_limit)
      : m_token_limit(token_limit), m_allocator(2 * token_limit + 65536), m_reader(&m_allocator) {}

  // Parses one value from the input's place on; the events go to `handler`, whose methods return true or throw. It must throw
  // at a depth of a thousand or so: each level takes 170 bytes of stack (g++ 12).
  template <class Handler>
  std::optional<DocumentFault> parse(Input& input, Handler& handler) {
    constexpr unsigned k_flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseStopWhenDoneFlag;
    try {
      const rapidjson::ParseResult result = m_reader.Parse<k_flags>(input, handler);
      if (result.IsError())
        return syntax_fault(result.Code(), result.Offset(), input);
    } catch (const BoundedAllocator::LimitReached&) {
      return DocumentFault{input.Tell(), "a string or number of more than " + std::to_string(m_token_limit) + " bytes"};
    } catch (DocumentFault& fault) {
      return std::move(fault);
    }
    return {};
  }

 private:
  std::size_t m_token_limit;
  BoundedAllocator m_allocator;
  Reader m_reader;
};

}  // namespace longshore::decode

// RapidJSON calls this wherever it stands inside a string, and takes what follows by itself: the quote, an escape, or what is
// wrong. Its own version for streams does nothing.
template <>
template <>
inline void longshore::decode::Reader::ScanCopyUnescapedString(longshore::decode::Input& input,
                                                               longshore::decode::Reader::StackStream<char>& out) {
  input.take_text([&](std::string_view text) {
    std::memcpy(out.Push(static_cast<rapidjson::SizeType>(text.size())), text.data(), text.size());
  });
  if (static_cast<signed char>(input.Peek()) < 0)
    throw longshore::decode::encoding_fault(input);
}
