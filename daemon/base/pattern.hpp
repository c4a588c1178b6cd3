// A regular expression of a declaration, for texts from outside: RE2 needs linear time and bounded memory on any text.
// Its syntax: https://github.com/google/re2/wiki/Syntax. Threads can share a Pattern.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace longshore {

class Pattern {
 public:
  // Returns nullptr and sets `fault` if the text is not a regular expression.
  static std::shared_ptr<const Pattern> compile(const std::string& text, std::string& fault);
  ~Pattern();

  // Whether it matches anywhere in the text. Then sets `part` to the first group, or to the whole match if there is no
  // group; to nothing if the group takes no part in the match.
  bool find(std::string_view text, std::optional<std::string_view>& part) const;

  const std::string& text() const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> expression);

  std::unique_ptr<re2::RE2> m_expression;
};

}  // namespace longshore
