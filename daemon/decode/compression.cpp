// Decompresses gzip and zstd documents as a stream. Several members or frames in a row are one document, as for gzip(1)
// and zstd(1).
#include "decode/compression.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <new>

#include <zstd_errors.h>

namespace longshore::decode {
namespace {

// Counts the decompressed bytes: the limit for decompression bombs.
class Limited : public ByteStream {
 public:
  explicit Limited(std::uint64_t limit) : m_limit(limit) {}

 protected:
  std::size_t count(std::size_t produced) {
    m_produced += produced;
    if (m_produced > m_limit)
      throw Error(Fault::bad_file, "the document is longer than max_document_bytes when decompressed: " +
                                       human_bytes(static_cast<double>(m_limit)))
          .with_hint("raise max_document_bytes if the file is genuine");
    return produced;
  }

 private:
  std::uint64_t m_limit;
  std::uint64_t m_produced = 0;
};

class GzipSource : public Limited {
 public:
  GzipSource(ByteStream& raw, std::uint64_t limit) : Limited(limit), m_raw(raw) {
    if (::inflateInit2(&m_stream, 15 + 16) != Z_OK)  // 15: the largest window, 16: expect the gzip header and checksum
      throw std::bad_alloc{};
  }
  ~GzipSource() override { ::inflateEnd(&m_stream); }

  std::size_t read(std::span<char> out) override {
    m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
    m_stream.avail_out = static_cast<uInt>(out.size());
    while (m_stream.avail_out == out.size()) {
      if (m_stream.avail_in == 0 && !fill()) {
        if (!m_between_members)
          throw Error{Fault::bad_file, "the gzip data ends too early"}.with_code(k_ends_early);
        return 0;
      }
      if (m_between_members && skip_padding())
        continue;
      if (m_between_members)
        ::inflateReset(&m_stream);
      const int result = ::inflate(&m_stream, Z_NO_FLUSH);
      m_between_members = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END)
        throw Error{Fault::bad_file,
                    std::string{"invalid gzip data: "} + (m_stream.msg ? m_stream.msg : "unknown fault")};
    }
    return count(out.size() - m_stream.avail_out);
  }

 private:
  // Tapes and block devices pad the last member with zeros. Returns true if all input was zeros.
  bool skip_padding() {
    while (m_stream.avail_in > 0 && *m_stream.next_in == 0) {
      m_is_padded = true;
      ++m_stream.next_in;
      --m_stream.avail_in;
    }
    if (m_is_padded && m_stream.avail_in > 0)
      throw Error{Fault::bad_file, "invalid gzip data: bytes follow the zeros behind the last member"};
    return m_stream.avail_in == 0;
  }
  bool fill() {
    m_stream.avail_in = static_cast<uInt>(m_raw.read(m_input));
    m_stream.next_in = reinterpret_cast<Bytef*>(m_input.data());
    return m_stream.avail_in > 0;
  }

  ByteStream& m_raw;
  std::array<char, 65536> m_input;
  z_stream m_stream{};
  bool m_between_members = false;
  bool m_is_padded = false;
};

Error zstd_fault(std::size_t code) {
  Error error{Fault::bad_file, std::string{"invalid zstd data: "} + ZSTD_getErrorName(code)};
  if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
    error.with_hint("zstd -d --long=31 FILE, then drop the result");
  return error;
}

class ZstdSource : public Limited {
 public:
  ZstdSource(ByteStream& raw, std::uint64_t limit)
      : Limited(limit), m_raw(raw), m_stream(ZSTD_createDStream(), &ZSTD_freeDStream) {
    if (!m_stream)
      throw std::bad_alloc{};
  }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos == 0) {
      if (m_input.pos == m_input.size && !m_more_to_flush && !fill()) {
        if (m_inside_frame)
          throw Error{Fault::bad_file, "the zstd data ends too early"}.with_code(k_ends_early);
        return 0;
      }
      const std::size_t hint = ZSTD_decompressStream(m_stream.get(), &output, &m_input);
      if (ZSTD_isError(hint))
        throw zstd_fault(hint);
      m_inside_frame = hint != 0;
      m_more_to_flush = output.pos == output.size && hint != 0;
    }
    return count(output.pos);
  }

 private:
  bool fill() {
    m_input = {m_buffer.data(), m_raw.read(m_buffer), 0};
    return m_input.size > 0;
  }

  ByteStream& m_raw;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> m_stream;
  std::array<char, 65536> m_buffer;
  ZSTD_inBuffer m_input{nullptr, 0, 0};
  bool m_inside_frame = true;  // an empty file is not a zstd frame
  bool m_more_to_flush = false;
};

}  // namespace

std::unique_ptr<ByteStream> gunzip(ByteStream& raw, std::uint64_t limit) {
  return std::make_unique<GzipSource>(raw, limit);
}

std::unique_ptr<ByteStream> unzstd(ByteStream& raw, std::uint64_t limit) {
  return std::make_unique<ZstdSource>(raw, limit);
}

}  // namespace longshore::decode
