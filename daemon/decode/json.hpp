// RapidJSON, with the flags that make it safe on hostile input, in one place.
//
// kParseIterativeFlag: the recursive parser overruns the stack on 100 kB of '['. kParseNumbersAsStringsFlag: converting
// numbers crashes 1.1.0 on some 50-byte ones (CVE-2024-38517); we convert. kParseValidateEncodingFlag: bytes that are no UTF-8
// pass otherwise. kParseStopWhenDoneFlag: what follows the root is the caller's to judge.
#pragma once

#include "decode/input.hpp"

#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

namespace longshore::decode {

// A fault of the document (of the line, in line mode) at an offset; thrown by handlers, returned by parse().
struct DocumentFault {
  std::size_t offset = 0;
  std::string text;
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

// What RapidJSON's code means, what was expected and what stood there.
DocumentFault syntax_fault(rapidjson::ParseErrorCode code, std::size_t offset, const Input& input);

class JsonReader {
 public:
  // Strings longer than `token_limit` bytes are a fault.
  explicit JsonReader(std::size_t token_limit)
      : m_token_limit(token_limit), m_allocator(2 * token_limit + 65536), m_reader(&m_allocator) {}

  // Parses one value from the input's place on; the events go to `handler`, whose methods return true or throw.
  template <class Handler>
  std::optional<DocumentFault> parse(Input& input, Handler& handler) {
    constexpr unsigned k_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag |
                                 rapidjson::kParseValidateEncodingFlag | rapidjson::kParseStopWhenDoneFlag;
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
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, BoundedAllocator> m_reader;
};

}  // namespace longshore::decode
