#include "base/crash_point.hpp"

#ifdef LONGSHORE_CRASH_POINTS

#include "base/error.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace longshore {
namespace {

struct Order {
  std::string name;
  unsigned long first = 1;
  unsigned long last = 1;
  std::string fault;
};

// "name[:first[-last]][=fault]"
Order parse_order(std::string text) {
  Order order;
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

// Separated by commas.
std::vector<Order> parse_orders(std::string_view text) {
  std::vector<Order> orders;
  while (!text.empty()) {
    const auto comma = text.find(',');
    orders.push_back(parse_order(std::string{text.substr(0, comma)}));
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
  }
  return orders;
}

// The order for this passage of the point, or nullptr.
const Order* find_order(const std::vector<Order>& orders, std::string_view name, unsigned long passage) {
  for (const Order& order : orders)
    if (order.name == name && passage >= order.first && passage <= order.last)
      return &order;
  return nullptr;
}

Fault fault_named(std::string_view name) {
  if (name == "bad_file")
    return Fault::bad_file;
  if (name == "contention")
    return Fault::contention;
  if (name == "disconnected")
    return Fault::disconnected;
  if (name == "unavailable")
    return Fault::unavailable;
  if (name == "needs_operator")
    return Fault::needs_operator;
  return name == "fatal" ? Fault::fatal : Fault::transient;
}

std::mutex s_mutex;
std::string s_orders;  // the values of both variables since s_passages was cleared
std::map<std::string, unsigned long> s_passages;

std::string value_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value ? value : "";
}

void wait_here() {
  const std::string path = value_of("LONGSHORE_WAIT");
  ::close(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  while (::access(path.c_str(), F_OK) == 0)
    ::usleep(1000);
}

}  // namespace

void crash_point(std::string_view name, std::string_view of) {
  if (!of.empty())
    crash_point(std::string{name} + "/" + std::string{of});
  // read the variables each time: tests in one process change them
  const std::string crash_at = value_of("LONGSHORE_CRASH_AT");
  const std::string fail_at = value_of("LONGSHORE_FAIL_AT");
  std::unique_lock lock{s_mutex};
  if (s_orders != crash_at + " " + fail_at) {
    s_orders = crash_at + " " + fail_at;
    s_passages.clear();
  }
  const unsigned long passage = ++s_passages[std::string{name}];
  const auto crashes = parse_orders(crash_at);
  const auto fails = parse_orders(fail_at);
  if (const Order* const crash = find_order(crashes, name, passage)) {
    if (crash->fault == "abort")
      std::abort();
    if (crash->fault == "wait") {
      lock.unlock();  // other threads can pass
      return wait_here();
    }
    ::_exit(137);
  }
  if (const Order* const fail = find_order(fails, name, passage))
    throw Error{fault_named(fail->fault), "injected fault at " + std::string{name}};
}

}  // namespace longshore

#endif
