// Reads any bytes as a .gz or .zst file: they are decompressed within the limit, or the file is bad. Also compresses
// any bytes in pieces: decompression restores them.
#include "base/error.hpp"
#include "decode/source.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

constexpr std::uint64_t k_limit = 1 << 20;

void must(bool holds) {
  if (!holds)
    std::abort();
}

// Returns pieces of uneven size, to test all buffer boundaries.
class Uneven : public decode::ByteSource {
 public:
  explicit Uneven(std::string_view bytes) : m_bytes(bytes), m_rest(bytes) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min({out.size(), m_rest.size(), m_rest.size() % 29 + 1});
    m_rest.copy(out.data(), n);
    m_rest.remove_prefix(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override { return std::make_unique<Uneven>(m_bytes); }

 private:
  std::string_view m_bytes;
  std::string_view m_rest;
};

std::string read_all(std::string_view file, std::string_view name, std::size_t piece) {
  Uneven raw{file};
  const auto document = decode::document_of(raw, name, k_limit);
  std::string out;
  std::string buffer(piece, '\0');
  while (const std::size_t n = document->read(buffer))
    out.append(buffer, 0, n);
  must(document->read(buffer) == 0);
  must(out.size() <= k_limit);
  return out;
}

std::string gzipped(std::string_view bytes) {
  std::string out(bytes.size() + 256, '\0');
  z_stream stream{};
  must(::deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  must(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string zstd_compressed(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  must(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const std::size_t piece = data[1] + std::size_t{1};
  const bool gzip = data[0] % 2 == 0;
  const std::string_view name = gzip ? "x.json.gz" : "x.json.zst";
  if (data[0] % 4 < 2) {
    try {
      read_all(bytes, name, piece);
    } catch (const Error& error) {
      must(error.fault() == Fault::bad_file);
    }
    return 0;
  }
  const auto compressed = [&](std::string_view part) { return gzip ? gzipped(part) : zstd_compressed(part); };
  const std::size_t middle = bytes.size() / 2;
  must(read_all(compressed(bytes.substr(0, middle)) + compressed(bytes.substr(middle)), name, piece) == bytes);
  return 0;
}
