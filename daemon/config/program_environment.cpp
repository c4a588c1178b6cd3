#include "config/program_environment.hpp"

#include "config/setting.hpp"

#include <array>
#include <string_view>

namespace longshore::config {
namespace {

constexpr std::array<std::string_view, 8> k_passed_on = {"landing", "processed",     "failed", "work",
                                                         "feeds",   "disable_feeds", "tasks",  "enable_tasks"};

}  // namespace

std::vector<std::string> program_environment(const Config& config) {
  std::vector<std::string> variables;
  variables.reserve(k_passed_on.size());
  for (const std::string_view key : k_passed_on) {
    const Setting& setting = *find_setting(key);
    variables.push_back(environment_of(setting) + "=" + text_of(config, setting));
  }
  return variables;
}

}  // namespace longshore::config
