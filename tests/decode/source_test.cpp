#include "decode/source.hpp"

#include "base/digest.hpp"
#include "base/fd.hpp"
#include "support/compressed.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>

using namespace longshore;
using namespace longshore::decode;
using namespace longshore::test;

namespace {

std::string rest_of(ByteSource& source) {
  std::string text;
  std::array<char, 1000> piece;
  while (const std::size_t n = source.read(piece))
    text.append(piece.data(), n);
  return text;
}

}  // namespace

TEST_SUITE("sources of bytes") {
  TEST_CASE("a second reading of a file is independent, and the hash is still that of the file") {
    std::string text;
    for (int i = 0; i < 5000; ++i)
      text += std::to_string(i);
    const ScratchDirectory scratch;
    for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
      const auto path = std::filesystem::path{scratch / "file"};
      std::ofstream{path, std::ios::binary} << bytes;
      const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
      FileSource raw{file.get(), "file"};
      const auto document = document_of(raw, "file", 1'000'000);
      std::array<char, 100> beginning;
      REQUIRE(document->read(beginning) > 0);
      const auto second = document->again();
      CHECK(rest_of(*second) == text);
      CHECK(rest_of(*second->again()) == text);
      CHECK(text.ends_with(rest_of(*document)));
      CHECK(raw.finish() == Sha256::of(bytes));
    }
  }
}
