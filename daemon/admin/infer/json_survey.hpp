// Surveys a JSON document: one value, values one after another, or one value per line.
#pragma once

#include "admin/infer/survey.hpp"

namespace longshore::admin {

// Throws Error{bad_file} if it is not JSON, or has no records.
Survey survey_json(const std::string& path, const ReadLimit& limit);

}  // namespace longshore::admin
