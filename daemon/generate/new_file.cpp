#include "generate/new_file.hpp"

#include "base/error.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::generate {
namespace {

// Fast levels: speed matters more than the size of sample data.
constexpr int k_gzip_level = 1;
constexpr int k_zstd_level = 1;
constexpr std::size_t k_piece = std::size_t{64} << 10;

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
  Gzip(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {
    constexpr int k_window_of_gzip = 15 + 16;
    if (::deflateInit2(&m_stream, k_gzip_level, Z_DEFLATED, k_window_of_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(Fault::fatal, "cannot start zlib");
  }
  ~Gzip() override { ::deflateEnd(&m_stream); }
  Gzip(const Gzip&) = delete;

  void write(std::string_view bytes, bool last) override {
    // zlib takes lengths of 32 bits
    while (bytes.size() > k_piece) {
      pack(bytes.substr(0, k_piece), Z_NO_FLUSH);
      bytes.remove_prefix(k_piece);
    }
    pack(bytes, last ? Z_FINISH : Z_NO_FLUSH);
  }

 private:
  void pack(std::string_view bytes, int flush) {
    std::string input{bytes};
    m_stream.next_in = reinterpret_cast<Bytef*>(input.data());
    m_stream.avail_in = static_cast<uInt>(input.size());
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
  Zstd(int fd, std::string name) : m_fd(fd), m_name(std::move(name)), m_stream(::ZSTD_createCCtx(), &::ZSTD_freeCCtx) {
    ::ZSTD_CCtx_setParameter(m_stream.get(), ZSTD_c_compressionLevel, k_zstd_level);
    ::ZSTD_CCtx_setParameter(m_stream.get(), ZSTD_c_checksumFlag, 1);
  }

  void write(std::string_view bytes, bool last) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    const auto mode = last ? ZSTD_e_end : ZSTD_e_continue;
    bool done = false;
    while (!done) {
      ZSTD_outBuffer out{m_out.data(), m_out.size(), 0};
      const std::size_t left = ::ZSTD_compressStream2(m_stream.get(), &out, &in, mode);
      if (::ZSTD_isError(left))
        throw Error(Fault::fatal, std::string{"zstd: "} + ::ZSTD_getErrorName(left));
      write_all(m_fd, {m_out.data(), out.pos}, m_name);
      done = last ? left == 0 : in.pos == in.size;
    }
  }

 private:
  int m_fd;
  std::string m_name;
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> m_stream;
  std::array<char, k_piece> m_out;
};

std::string_view suffix_of(Compression compression) {
  static constexpr std::array<std::string_view, 3> k_suffixes = {"", ".gz", ".zst"};
  return k_suffixes[static_cast<std::size_t>(compression)];
}

std::unique_ptr<Packer> packer_for(Compression compression, int fd, const std::string& name) {
  switch (compression) {
  case Compression::gzip:
    return std::make_unique<Gzip>(fd, name);
  case Compression::zstd:
    return std::make_unique<Zstd>(fd, name);
  case Compression::none:
    break;
  }
  return std::make_unique<Plain>(fd, name);
}

}  // namespace

NewFile::NewFile(const std::string& directory, std::string name, Compression compression)
    : m_directory(open_directory(directory)), m_name(std::move(name.append(suffix_of(compression)))),
      m_temporary("." + m_name + ".part") {
  m_file =
      Fd{::openat(m_directory.get(), m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!m_file)
    throw system_error(errno, "create " + m_temporary + " in " + directory);
  m_packer = packer_for(compression, m_file.get(), m_name);
}

NewFile::~NewFile() {
  if (!m_committed)
    ::unlinkat(m_directory.get(), m_temporary.c_str(), 0);
}

void NewFile::commit() {
  m_packer->write("", true);
  if (::renameat2(m_directory.get(), m_temporary.c_str(), m_directory.get(), m_name.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST)
      throw system_error(errno, "rename to " + m_name);
    throw Error(Fault::fatal, "\"" + m_name + "\" already exists")
        .with_hint("the same options give the same files: use an empty directory, or another --seed and --start")
        .exits(Exit::cannot_create);
  }
  m_committed = true;
}

}  // namespace longshore::generate
