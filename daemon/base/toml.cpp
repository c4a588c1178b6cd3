#include "base/toml.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

#include <system_error>

#include <sys/stat.h>

namespace longshore {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{1} << 20;
// tomlplusplus frees nested tables by recursion. It limits brackets to 256 levels, but not the dots of `a.b.c = 1`:
// 100,000 dots overflow the stack. With this limit a line adds at most 250 levels, and the deepest nesting stays far
// below 100,000.
constexpr std::size_t k_most_dots = 250;

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
                 "check that it is a file, and that this user may read it");
  return text;
}

std::string toml_place(const std::string& origin, const toml::source_region& where) {
  return escape(origin) + ":" + std::to_string(where.begin.line);
}

toml::table parse_toml(std::string_view text, const std::string& origin) {
  if (text.size() > k_most_bytes)
    throw refuse(escape(origin) + ":1", "longer than 1 MiB", "check that it is a settings file or a feed");
  std::size_t number = 1;
  std::size_t dots = 0;
  for (const char c : text) {
    number += c == '\n' ? 1 : 0;
    dots = c == '\n' ? 0 : dots + (c == '.' ? 1 : 0);
    if (dots > k_most_dots)
      throw refuse(escape(origin) + ":" + std::to_string(number),
                   "more than " + std::to_string(k_most_dots) + " dots in one line",
                   "split the line, or write nested tables instead of long dotted keys");
  }
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw refuse(toml_place(origin, error.source()), escape_clipped(error.description(), 512),
                 "https://toml.io describes the syntax");
  }
}

}  // namespace longshore
