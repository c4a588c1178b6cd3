#include "feed/glob.hpp"

#include "feed/feed.hpp"

#include <bitset>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace longshore {
namespace {

using Bytes256 = std::bitset<256>;

// One place of a glob: one byte of a set, or any number of them.
struct Token {
  bool is_star = false;
  Bytes256 bytes = {};
};

// The length of "[…]"; 1 if no bracket closes it, because then "[" is a plain byte.
std::size_t bracket_length(std::string_view glob) {
  std::size_t at = 1;
  if (at < glob.size() && (glob[at] == '!' || glob[at] == '^'))
    ++at;
  if (at < glob.size() && glob[at] == ']')
    ++at;
  for (; at < glob.size() && glob[at] != ']'; ++at)
    if (glob.substr(at, 2) == "[:")
      if (const std::size_t end = glob.find(":]", at + 2); end != std::string_view::npos)
        at = end + 1;
  return at < glob.size() ? at + 1 : 1;
}

std::vector<Token> tokens_of(std::string_view glob) {
  std::vector<Token> tokens;
  while (!glob.empty()) {
    const std::size_t length = glob[0] == '[' ? bracket_length(glob) : 1;
    Token token{glob[0] == '*'};
    for (int byte = 1; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      token.bytes[static_cast<std::size_t>(byte)] =
          length > 1 ? glob_matches(glob.substr(0, length), {&c, 1}) : token.is_star || glob[0] == '?' || glob[0] == c;
    }
    tokens.push_back(token);
    glob.remove_prefix(length);
  }
  return tokens;
}

// Of the paths whose last part the glob matches: "*/", and the glob without slashes.
std::vector<Token> tokens_of_last_part(std::string_view glob) {
  std::vector<Token> tokens = tokens_of("*/");
  for (Token token : tokens_of(glob)) {
    token.bytes.reset('/');
    tokens.push_back(token);
  }
  return tokens;
}

// A byte of the set, a readable one if there is one.
char example_of(const Bytes256& bytes) {
  for (const char c : std::string_view{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-."})
    if (bytes[static_cast<unsigned char>(c)])
      return c;
  for (std::size_t byte = 1; byte < 256; ++byte)
    if (bytes[byte])
      return static_cast<char>(byte);
  return 0;
}

// A place in both globs.
using Place = std::pair<std::size_t, std::size_t>;

}  // namespace

bool name_matches(std::string_view glob, std::string_view path) {
  const bool is_of_path = glob.find('/') != std::string_view::npos;
  return glob_matches(glob, is_of_path ? path : path.substr(path.rfind('/') + 1));
}

// Breadth first over the pairs of places: at most the product of both lengths.
std::optional<std::string> common_name(std::string_view a, std::string_view b) {
  const bool is_of_path = a.find('/') != a.npos;
  const bool is_like_the_other = is_of_path == (b.find('/') != b.npos);
  const std::vector<Token> left = is_like_the_other || is_of_path ? tokens_of(a) : tokens_of_last_part(a);
  const std::vector<Token> right = is_like_the_other || !is_of_path ? tokens_of(b) : tokens_of_last_part(b);
  std::map<Place, std::string> seen{{{0, 0}, ""}};
  std::deque<Place> next{{0, 0}};
  const auto reach = [&](Place place, const std::string& name, bool is_free) {
    if (!seen.emplace(place, name).second)
      return;
    if (is_free)
      next.push_front(place);
    else
      next.push_back(place);
  };
  while (!next.empty()) {
    const Place at = next.front();
    const auto [i, j] = at;
    next.pop_front();
    const std::string name = seen.at(at);
    if (i == left.size() && j == right.size())
      return name.empty() ? "x" : name;  // an empty name: both globs match every name
    const bool left_star = i < left.size() && left[i].is_star;
    const bool right_star = j < right.size() && right[j].is_star;
    if (left_star)
      reach({i + 1, j}, name, true);
    if (right_star)
      reach({i, j + 1}, name, true);
    if (i == left.size() || j == right.size() || (left_star && right_star))
      continue;
    const Bytes256 bytes = left[i].bytes & right[j].bytes;
    if (bytes.any())
      reach({left_star ? i : i + 1, right_star ? j : j + 1}, name + example_of(bytes), false);
  }
  return {};
}

std::optional<std::string> common_name(std::span<const std::string> a, std::span<const std::string> b) {
  for (const std::string& left : a)
    for (const std::string& right : b)
      if (auto name = common_name(left, right))
        return name;
  return {};
}

}  // namespace longshore
