// What verify is to look at.
#pragma once

#include <string>

namespace longshore::cli {

struct VerifyOptions {
  std::string feed;  // only files of it; "": all
  std::string
      since;  // canonical time: only archive directories of its day and later, and rows of it and later; "": all
  bool deep = false;  // compare hashes
  bool repair = false;

  std::string first_day() const { return since.substr(0, 10); }
};

}  // namespace longshore::cli
