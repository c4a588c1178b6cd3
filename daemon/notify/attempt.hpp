// Handing a notice on: what came of a try.
#pragma once

#include <functional>
#include <string>

namespace longshore::notify {

struct Attempt {
  std::string fault;   // "": it is delivered
  bool again = false;  // a later try may succeed
};

// Asked several times a second by what waits for somebody else; true: stop waiting.
using GiveUp = std::function<bool()>;

}  // namespace longshore::notify
