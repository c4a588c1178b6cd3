#define ZLIB_CONST  // zlib does not change its input
#include "base/packer.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

namespace longshore {
namespace {

constexpr std::size_t k_piece = std::size_t{128} << 10;

constexpr std::array<std::string_view, 3> k_suffixes = {"", ".gz", ".zst"};

class Plain : public Packer {
 public:
  Plain(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {}
  void write(std::string_view bytes, bool) override { write_all(m_fd, bytes, m_name); }

 private:
  int m_fd;
  std::string m_name;
};

class Gzip : public Packer {
 public:
  Gzip(int level, int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {
    constexpr int k_window_of_gzip = 15 + 16;
    if (::deflateInit2(&m_stream, level, Z_DEFLATED, k_window_of_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  ~Gzip() override { ::deflateEnd(&m_stream); }
  Gzip(const Gzip&) = delete;

  void write(std::string_view bytes, bool is_last) override {
    // zlib takes lengths of 32 bits
    while (bytes.size() > k_piece) {
      pack(bytes.substr(0, k_piece), Z_NO_FLUSH);
      bytes.remove_prefix(k_piece);
    }
    pack(bytes, is_last ? Z_FINISH : Z_NO_FLUSH);
  }

 private:
  void pack(std::string_view bytes, int flush) {
    m_stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    m_stream.avail_in = static_cast<uInt>(bytes.size());
    do {
      m_stream.next_out = reinterpret_cast<Bytef*>(m_out.data());
      m_stream.avail_out = static_cast<uInt>(m_out.size());
      ::deflate(&m_stream, flush);
      write_all(m_fd, {m_out.data(), m_out.size() - m_stream.avail_out}, m_name);
    } while (m_stream.avail_out == 0);
  }

  int m_fd;
  std::string m_name;
  z_stream m_stream{};
  std::array<char, k_piece> m_out;
};

class Zstd : public Packer {
 public:
  Zstd(int level, int fd, std::string name)
      : m_fd(fd), m_name(std::move(name)), m_stream(::ZSTD_createCCtx(), &::ZSTD_freeCCtx) {
    if (!m_stream)
      throw std::bad_alloc{};
    checked(::ZSTD_CCtx_setParameter(m_stream.get(), ZSTD_c_compressionLevel, level));
    checked(::ZSTD_CCtx_setParameter(m_stream.get(), ZSTD_c_checksumFlag, 1));
  }

  void write(std::string_view bytes, bool is_last) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    const auto mode = is_last ? ZSTD_e_end : ZSTD_e_continue;
    for (bool is_done = false; !is_done;) {
      ZSTD_outBuffer out{m_out.data(), m_out.size(), 0};
      const std::size_t left = checked(::ZSTD_compressStream2(m_stream.get(), &out, &in, mode));
      write_all(m_fd, {m_out.data(), out.pos}, m_name);
      is_done = is_last ? left == 0 : in.pos == in.size;
    }
  }

 private:
  std::size_t checked(std::size_t result) const {
    if (::ZSTD_isError(result))
      throw Error{Fault::transient, "compress " + m_name + ": " + ::ZSTD_getErrorName(result)};
    return result;
  }

  int m_fd;
  std::string m_name;
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> m_stream;
  std::array<char, k_piece> m_out;
};

}  // namespace

std::string_view suffix_of(Compression compression) { return k_suffixes[static_cast<std::size_t>(compression)]; }

Compression compression_of(std::string_view name) {
  for (const Compression compression : {Compression::gzip, Compression::zstd})
    if (name.ends_with(suffix_of(compression)))
      return compression;
  return Compression::none;
}

std::unique_ptr<Packer> packer_for(Compression compression, int level, int fd, const std::string& name) {
  switch (compression) {
  case Compression::gzip:
    return std::make_unique<Gzip>(level, fd, name);
  case Compression::zstd:
    return std::make_unique<Zstd>(level, fd, name);
  case Compression::none:
    break;
  }
  return std::make_unique<Plain>(fd, name);
}

}  // namespace longshore
