#include "base/toml.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <system_error>

#include <sys/stat.h>

namespace longshore {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{1} << 20;
constexpr std::size_t k_most_dots = 1000;

// Where a string or a comment that begins at `at` ends: behind its last byte. `at` itself + 1 for anything else.
std::size_t end_of_piece(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '#')
    return std::min(text.find('\n', at), text.size());
  if (c != '"' && c != '\'')
    return at + 1;
  const std::string_view quote = text.substr(at, 3) == std::string(3, c) ? text.substr(at, 3) : text.substr(at, 1);
  for (std::size_t i = at + quote.size(); i < text.size(); ++i) {
    if (c == '"' && text[i] == '\\')
      ++i;
    else if (text.substr(i, quote.size()) == quote)
      return i + quote.size();
    else if (quote.size() == 1 && text[i] == '\n')
      return i;
  }
  return text.size();
}

// Each level that is no bracket, and tomlplusplus counts those, is a dot of `a.b.c = 1` or `[a.b.c]`.
std::size_t dots_outside_strings(std::string_view text) {
  std::size_t dots = 0;
  for (std::size_t at = 0; at < text.size(); at = end_of_piece(text, at))
    dots += text[at] == '.' ? 1 : 0;
  return dots;
}

Error refuse(const std::string& place, const std::string& what, std::string hint) {
  return Error(Fault::fatal, place + ": " + what).with_hint(std::move(hint)).exits(Exit::config);
}

}  // namespace

std::string read_toml_file(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0)
    throw refuse(escape(path), "every user may write this file", "chmod o-w " + escape(path));
  std::error_code fault;
  std::string text = read_whole(path, fault);
  if (fault)
    throw refuse(escape(path), "cannot be read: " + fault.message(),
                 "see that it is a file, and that this user may read it");
  return text;
}

std::string toml_place(const std::string& origin, const toml::source_region& where) {
  return escape(origin) + ":" + std::to_string(where.begin.line);
}

toml::table parse_toml(std::string_view text, const std::string& origin) {
  if (text.size() > k_most_bytes)
    throw refuse(escape(origin) + ":1", "longer than 1 MiB", "settings and feeds are some lines of TOML");
  if (dots_outside_strings(text) > k_most_dots)
    throw refuse(escape(origin) + ":1", "more than " + std::to_string(k_most_dots) + " dots outside of strings",
                 "write tables and values, not long dotted keys");
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw refuse(toml_place(origin, error.source()), escape_clipped(error.description(), 512),
                 "see https://toml.io for the notation");
  }
}

}  // namespace longshore
