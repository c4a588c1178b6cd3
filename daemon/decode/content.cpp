// Opens the document inside a file by what the file begins with. The name's suffix only decides for an empty file.
#include "base/error.hpp"
#include "decode/compression.hpp"
#include "decode/source.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace longshore::decode {
namespace {

using namespace std::string_view_literals;

// Kinds of content that are not the document itself.
struct Packing {
  std::string_view suffix;
  std::string_view magic;
  std::unique_ptr<ByteStream> (*open)(ByteStream& raw, std::uint64_t limit);  // nullptr: not read
  std::string_view name;
  std::string_view remedy;
  std::string_view next = {};  // one of these bytes follows the magic; empty: any
};

constexpr Packing k_packings[] = {
    {".gz", "\x1F\x8B"sv, gunzip, "gzip", ""},
    {".zst", "\x28\xB5\x2F\xFD"sv, unzstd, "zstd", ""},
    {".xz", "\xFD\x37zXZ\0"sv, nullptr, "xz", "xz -d FILE"},
    {".bz2", "BZh"sv, nullptr, "bzip2", "bzip2 -d FILE", "123456789"},
    {".lz4", "\x04\x22\x4D\x18"sv, nullptr, "lz4", "lz4 -d FILE"},
    {".zip", "PK\x03\x04"sv, nullptr, "zip", "unzip FILE"},
    {".7z", "7z\xBC\xAF\x27\x1C"sv, nullptr, "7z", "7z x FILE"},
};

constexpr std::size_t k_head = 8;  // at least the longest magic

// A zstd frame to be skipped begins with one of 16 values.
bool is_skippable_zstd(std::string_view head) {
  return head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head.substr(1, 3) == "\x2A\x4D\x18";
}

bool has_magic(std::string_view head, const Packing& packing) {
  if (!head.starts_with(packing.magic))
    return false;
  head.remove_prefix(packing.magic.size());
  return packing.next.empty() || (!head.empty() && packing.next.find(head[0]) != std::string_view::npos);
}

const Packing* packing_of(std::string_view head, std::string_view file_name) {
  if (is_skippable_zstd(head))
    return std::ranges::find(k_packings, "zstd", &Packing::name);
  const auto found = std::ranges::find_if(k_packings, [&](const Packing& packing) {
    if (head.empty())
      return packing.open && file_name.ends_with(packing.suffix);
    return has_magic(head, packing) || (packing.open && packing.magic.starts_with(head));
  });
  return found == std::end(k_packings) ? nullptr : found;
}

// A source of which the first bytes are known already.
class WithHead : public ByteStream {
 public:
  explicit WithHead(ByteStream& raw) : m_raw(raw) {
    while (m_length < m_head.size())
      if (const std::size_t n = raw.read(std::span{m_head}.subspan(m_length)))
        m_length += n;
      else
        break;
  }
  std::string_view head() const { return {m_head.data(), m_length}; }

  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min(out.size(), m_length - m_used);
    std::memcpy(out.data(), m_head.data() + m_used, n);
    m_used += n;
    return n < out.size() ? n + m_raw.read(out.subspan(n)) : n;
  }

 private:
  ByteStream& m_raw;
  std::array<char, k_head> m_head;
  std::size_t m_length = 0;
  std::size_t m_used = 0;
};

// An uncompressed document needs no limit: its file bounds it.
class Document : public ByteSource {
 public:
  Document(ByteSource& raw, std::string_view file_name, std::uint64_t limit)
      : m_raw(raw), m_file_name(file_name), m_limit(limit), m_stream(raw) {
    const Packing* const packing = packing_of(m_stream.head(), file_name);
    if (packing && !packing->open)
      throw Error(Fault::bad_file, "the content is " + std::string{packing->name} + ", which is not read")
          .with_hint(std::string{packing->remedy} + ", then drop the result");
    if (packing)
      m_unpacked = packing->open(m_stream, limit);
  }
  Document(std::unique_ptr<ByteSource> raw, std::string_view file_name, std::uint64_t limit)
      : Document(*raw, file_name, limit) {
    m_owned = std::move(raw);
  }

  std::size_t read(std::span<char> out) override { return m_unpacked ? m_unpacked->read(out) : m_stream.read(out); }
  std::unique_ptr<ByteSource> again() const override {
    return std::make_unique<Document>(m_raw.again(), m_file_name, m_limit);
  }

 private:
  std::unique_ptr<ByteSource> m_owned;  // of a second reading
  ByteSource& m_raw;
  std::string m_file_name;
  std::uint64_t m_limit;
  WithHead m_stream;
  std::unique_ptr<ByteStream> m_unpacked;
};

}  // namespace

bool is_packed(std::string_view head) { return packing_of(head, "") != nullptr; }

std::unique_ptr<ByteSource> document_of(ByteSource& raw, std::string_view file_name, std::uint64_t limit) {
  return std::make_unique<Document>(raw, file_name, limit);
}

}  // namespace longshore::decode
