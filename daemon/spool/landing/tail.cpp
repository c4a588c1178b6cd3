#include "spool/landing/tail.hpp"

#include "base/error.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr off_t k_tail_bytes =
    4096;  // a file with more blanks at its end counts as ending too early: it waits for `grace`

Tail tail_not_opened(int code, const std::string& name) {
  switch (code) {
  case ENOENT:
  case ELOOP:
  case ENXIO:
    return Tail::gone;
  case EMFILE:
  case ENFILE:
  case ENOMEM:
    throw system_error(code, "open " + name);
  default:
    return Tail::unreadable;
  }
}

bool has_ending(std::string_view tail, Ending ending) {
  switch (ending) {
  case Ending::bracket: {
    const auto last = tail.find_last_not_of(" \t\r\n");
    return last != tail.npos && (tail[last] == '}' || tail[last] == ']');
  }
  case Ending::line_break:
    return tail.ends_with('\n');
  }
  return false;
}

bool has_compressed_name(std::string_view name) { return name.ends_with(".gz") || name.ends_with(".zst"); }

// gzip or zstd by its first bytes, as decode/compression reads it.
bool is_compressed(int file) {
  std::array<char, 4> bytes{};
  const ssize_t got = ::pread(file, bytes.data(), bytes.size(), 0);
  const std::string_view begin{bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  return begin.starts_with("\x1f\x8b") || begin == "\x28\xb5\x2f\xfd";
}

}  // namespace

Tail tail_of(int directory, const std::string& name, Ending ending) {
  Fd file;
  struct stat st {};
  return tail_of(directory, name, ending, file, st);
}

Tail tail_of(int directory, const std::string& name, Ending ending, Fd& file, struct stat& st) {
  file = open_regular(directory, name, st);
  if (!file)
    return tail_not_opened(errno, name);
  const off_t size = st.st_size;
  if (size == 0)
    return Tail::ends_early;
  if (has_compressed_name(name))
    return Tail::whole;
  std::array<char, k_tail_bytes> bytes;
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), std::max<off_t>(0, size - k_tail_bytes));
  if (got < 0)
    return Tail::unreadable;
  const bool is_whole = has_ending({bytes.data(), static_cast<std::size_t>(got)}, ending) || is_compressed(file.get());
  return is_whole ? Tail::whole : Tail::ends_early;
}

}  // namespace longshore::spool
