#include "admin/infer/source.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>

namespace longshore::admin {
namespace {

// Of a document that is read whole: a decompression bomb.
constexpr std::uint64_t k_most_bytes = std::uint64_t{64} << 30;

Fd open_file(const std::string& path) {
  Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    throw system_error(errno, "open " + escape(path));
  return file;
}

}  // namespace

BoundedDocument::BoundedDocument(const std::string& path, std::uint64_t limit)
    : m_path(path), m_limit(limit), m_file(open_file(path)), m_raw(m_file.get(), escape(path)),
      m_document(decode::document_of(m_raw, std::filesystem::path{path}.filename().string(), k_most_bytes)),
      m_left(limit) {}

std::size_t BoundedDocument::read(std::span<char> out) {
  if (m_left == 0) {
    char next = 0;
    if (m_document->read({&next, 1}) == 0)
      return 0;
    throw LimitReached{};
  }
  const std::size_t n =
      m_document->read(out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), m_left))));
  m_left -= n;
  return n;
}

std::unique_ptr<decode::ByteSource> BoundedDocument::again() const {
  return std::make_unique<BoundedDocument>(m_path, m_limit);
}

}  // namespace longshore::admin
