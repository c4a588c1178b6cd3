#include "base/error.hpp"
#include "decode/source.hpp"
#include "support/compressed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::decode;
using namespace longshore::test;

namespace {

std::string read_all(const std::string& bytes, const std::string& name, std::uint64_t limit = 1'000'000'000) {
  MemorySource raw{bytes};
  const auto document = document_of(raw, name, limit);
  std::string out;
  std::vector<char> piece(1000);
  while (const std::size_t n = document->read(piece))
    out.append(piece.data(), n);
  return out;
}

std::string fault_of(const std::string& bytes, const std::string& name, std::uint64_t limit = 1'000'000'000) {
  try {
    read_all(bytes, name, limit);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::bad_file);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("compressed documents") {
  TEST_CASE("gzip and zstd data, also of several members and frames, is decompressed") {
    std::string text;
    for (int i = 0; i < 200'000; ++i)
      text += std::to_string(i * 7919);
    CHECK(read_all(gzip(text), "a.json.gz") == text);
    CHECK(read_all(zstd(text), "a.json.zst") == text);
    CHECK(read_all(gzip(text) + gzip("tail"), "a.json.gz") == text + "tail");
    CHECK(read_all(zstd(text) + zstd("tail"), "a.json.zst") == text + "tail");
    CHECK(read_all(gzip(""), "a.json.gz") == "");
    CHECK(read_all("as it is", "a.json") == "as it is");
  }
  TEST_CASE("data truncated at any byte is a bad file") {
    const std::string gz = gzip(std::string(5000, 'x') + "1234567890");
    for (std::size_t length = 0; length < gz.size(); ++length)
      CHECK(fault_of(gz.substr(0, length), "a.gz") == "the gzip data ends too early");
    const std::string zst = zstd(std::string(5000, 'x') + "1234567890");
    for (std::size_t length = 0; length < zst.size(); ++length)
      CHECK(fault_of(zst.substr(0, length), "a.zst") == "the zstd data ends too early");
  }
  TEST_CASE("data that is not compressed or is corrupt is a bad file") {
    CHECK(fault_of("{\"plain\":1}", "a.gz").starts_with("invalid gzip data"));
    CHECK(fault_of("{\"plain\":1}", "a.zst").starts_with("invalid zstd data"));
    std::string gz = gzip(std::string(5000, 'x'));
    gz[gz.size() - 6] = static_cast<char>(gz[gz.size() - 6] ^ 1);
    CHECK(fault_of(gz, "a.gz").starts_with("invalid gzip data"));
    CHECK(fault_of(gzip("x") + "garbage", "a.gz").starts_with("invalid gzip data"));
  }
  TEST_CASE("a decompression bomb stops at the limit") {
    const std::string zeros(50'000'000, '0');
    CHECK(fault_of(gzip(zeros), "a.gz", 1'000'000) ==
          "the document is longer than max_document_bytes when decompressed: 1.0 MB");
    CHECK(fault_of(zstd(zeros), "a.zst", 1'000'000) ==
          "the document is longer than max_document_bytes when decompressed: 1.0 MB");
  }
}
