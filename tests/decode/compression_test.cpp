#include "base/error.hpp"
#include "decode/source.hpp"
#include "support/compressed.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::decode;
using namespace longshore::test;
using namespace std::string_literals;

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
  TEST_CASE("the content decides, not the name") {
    CHECK(read_all(gzip("text"), "a.json") == "text");
    CHECK(read_all(zstd("text"), "a.json") == "text");
    CHECK(read_all(zstd("text"), "a.json.gz") == "text");
    CHECK(read_all("{\"plain\":1}", "a.json.gz") == "{\"plain\":1}");
    CHECK(read_all("{\"plain\":1}", "a.json.zst") == "{\"plain\":1}");
    CHECK(read_all("5", "a.json.gz") == "5");
    CHECK(read_all("", "a.json") == "");
  }
  TEST_CASE("zstd frames that are to be skipped are skipped, also the first") {
    const std::string skipped = "\x5A\x2A\x4D\x18\x03"s + "\0\0\0abc"s;
    CHECK(read_all(skipped + zstd("text") + skipped, "a.json") == "text");
  }
  TEST_CASE("zeros behind the last gzip member are padding, other bytes are a fault") {
    for (const std::size_t zeros : {1, 512, 200'000})
      CHECK(read_all(gzip("a") + gzip("b") + std::string(zeros, '\0'), "a.json.gz") == "ab");
    CHECK(fault_of(gzip("x") + "\0\0x"s, "a.gz") == "invalid gzip data: bytes follow the zeros behind the last member");
    CHECK(fault_of(gzip("x") + std::string(70'000, '\0') + gzip("y"), "a.gz") ==
          "invalid gzip data: bytes follow the zeros behind the last member");
    CHECK(fault_of(gzip("x") + "garbage", "a.gz").starts_with("invalid gzip data"));
  }
  TEST_CASE("other compressed content fails with the command that unpacks it") {
    const auto hint = [](const std::string& bytes) -> std::string {
      try {
        read_all(bytes, "a.json");
      } catch (const Error& error) {
        return std::string{error.what()} + "; hint: " + error.hint();
      }
      return "";
    };
    CHECK(hint("\xFD\x37zXZ\0rest"s) == "the content is xz, which is not read; hint: xz -d FILE, then drop the result");
    CHECK(hint("BZhang,id\n") == "");
    CHECK(hint("BZh91AY") == "the content is bzip2, which is not read; hint: bzip2 -d FILE, then drop the result");
    CHECK(hint("PK\x03\x04rest") == "the content is zip, which is not read; hint: unzip FILE, then drop the result");
    CHECK(hint("7z\xBC\xAF\x27\x1Crest") ==
          "the content is 7z, which is not read; hint: 7z x FILE, then drop the result");
    CHECK(hint("\x04\x22\x4D\x18rest") ==
          "the content is lz4, which is not read; hint: lz4 -d FILE, then drop the result");
  }
  TEST_CASE("corrupt data is a bad file") {
    std::string gz = gzip(std::string(5000, 'x'));
    gz[gz.size() - 6] = static_cast<char>(gz[gz.size() - 6] ^ 1);
    CHECK(fault_of(gz, "a.gz").starts_with("invalid gzip data"));
    std::string zst = zstd(std::string(5000, 'x'));
    zst[5] = static_cast<char>(zst[5] ^ 0xFF);
    CHECK(fault_of(zst, "a.zst") != "");
  }
  TEST_CASE("a decompression bomb stops at the limit") {
    const std::string zeros(50'000'000, '0');
    CHECK(fault_of(gzip(zeros), "a.gz", 1'000'000) ==
          "the document is longer than max_document_bytes when decompressed: 1.0 MB");
    CHECK(fault_of(zstd(zeros), "a.zst", 1'000'000) ==
          "the document is longer than max_document_bytes when decompressed: 1.0 MB");
  }
}
