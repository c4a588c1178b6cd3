// Surveys a CSV document: guesses its form, then reads its records.
#pragma once

#include "admin/infer/survey.hpp"

#include <string_view>

namespace longshore::admin {

// The form in which most records of the text have the same number of fields. `header` is true if the first record looks
// like names.
CsvForm guess_csv_form(std::string_view beginning);

// Throws Error{bad_file} if it is empty, or if a quote never closes.
Survey survey_csv(const std::string& path, const ReadLimit& limit);

}  // namespace longshore::admin
