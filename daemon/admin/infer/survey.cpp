#include "admin/infer/survey.hpp"

#include "admin/infer/csv_survey.hpp"
#include "admin/infer/json_survey.hpp"
#include "admin/infer/source.hpp"

#include <array>
#include <string_view>

namespace longshore::admin {
namespace {

// By the first byte that is not blank: CSV hardly ever begins with a bracket.
bool is_json(const std::string& path, const ReadLimit& limit) {
  BoundedDocument document{path, limit.bytes};
  std::array<char, 4096> bytes;
  const std::size_t n = document.read(bytes);
  const std::string_view text{bytes.data(), n};
  const auto first = text.find_first_not_of(" \t\r\n\x1E\xEF\xBB\xBF");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace

Survey survey_file(const std::string& path, const ReadLimit& limit) {
  return is_json(path, limit) ? survey_json(path, limit) : survey_csv(path, limit);
}

}  // namespace longshore::admin
