#include "base/pattern.hpp"

#include <array>
#include <utility>

#include <re2/re2.h>

namespace longshore {

Pattern::Pattern(std::unique_ptr<re2::RE2> expression) : m_expression(std::move(expression)) {}
Pattern::~Pattern() = default;

std::shared_ptr<const Pattern> Pattern::compile(const std::string& text, std::string& fault) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_unique<re2::RE2>(text, options);
  if (!expression->ok()) {
    fault = expression->error();
    return nullptr;
  }
  return std::shared_ptr<const Pattern>{new Pattern{std::move(expression)}};
}

bool Pattern::find(std::string_view text, std::optional<std::string_view>& part) const {
  const bool has_group = m_expression->NumberOfCapturingGroups() > 0;
  std::array<re2::StringPiece, 2> parts;
  if (!m_expression->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, parts.data(),
                           has_group ? 2 : 1))
    return false;
  const re2::StringPiece& found = parts[has_group ? 1 : 0];
  part.reset();
  if (found.data() != nullptr)
    part = {found.data(), found.size()};
  return true;
}

const std::string& Pattern::text() const { return m_expression->pattern(); }

}  // namespace longshore
