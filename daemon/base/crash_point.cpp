#include "base/crash_point.hpp"

#ifdef LONGSHORE_CRASH_POINTS

#include "base/error.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <unistd.h>

namespace longshore {
namespace {

struct Order {
  std::string name;
  unsigned long first = 1;
  unsigned long last = 1;
  std::string fault = "transient";
};

// "name:first[-last][=fault]"
Order parse_order(const char* variable) {
  const char* value = std::getenv(variable);
  if (!value)
    return {};
  Order order;
  std::string text = value;
  if (const auto equals = text.find('='); equals != std::string::npos) {
    order.fault = text.substr(equals + 1);
    text.resize(equals);
  }
  const auto colon = text.find(':');
  order.name = text.substr(0, colon);
  if (colon != std::string::npos) {
    const std::string range = text.substr(colon + 1);
    const auto dash = range.find('-');
    order.first = std::stoul(range.substr(0, dash));
    order.last = dash == std::string::npos ? order.first : std::stoul(range.substr(dash + 1));
  }
  return order;
}

Fault fault_named(std::string_view name) {
  if (name == "bad_file")
    return Fault::bad_file;
  if (name == "contention")
    return Fault::contention;
  if (name == "unavailable")
    return Fault::unavailable;
  return name == "fatal" ? Fault::fatal : Fault::transient;
}

std::mutex s_mutex;
std::map<std::string, unsigned long> s_passages;

}  // namespace

void crash_point(const char* name) {
  // read at each passage: tests in one process set other orders one after the other
  const Order crash = parse_order("LONGSHORE_CRASH_AT");
  const Order fail = parse_order("LONGSHORE_FAIL_AT");
  if (crash.name.empty() && fail.name.empty()) {
    return;
  }
  const std::lock_guard lock{s_mutex};
  const unsigned long passage = ++s_passages[name];
  if (crash.name == name && passage == crash.first)
    ::_exit(137);
  if (fail.name == name && passage >= fail.first && passage <= fail.last)
    throw Error{fault_named(fail.fault), std::string{"made to fail at "} + name};
}

}  // namespace longshore

#endif
