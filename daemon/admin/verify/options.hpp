// What verify is to look at.
#pragma once

#include <string>
#include <string_view>

namespace longshore::admin {

struct VerifyOptions {
  std::string feed;  // only files of it; "": all
  // Canonical time: only archive directories of its day and later, and rows of it and later; "": all.
  std::string since;
  bool deep = false;  // compare hashes
  bool repair = false;

  std::string_view first_day() const { return std::string_view{since}.substr(0, 10); }
};

}  // namespace longshore::admin
