#include "cli/landing_state.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/candidate.hpp"

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;

// Names of a directory; it may vanish or change while we look, which is no fault.
std::vector<std::string> names_in(const fs::path& directory, std::error_code& fault) {
  std::vector<std::string> names;
  for (fs::directory_iterator at{directory, fault}, end; !fault && at != end; at.increment(fault))
    names.push_back(at->path().filename());
  std::ranges::sort(names);
  return names;
}

std::optional<struct stat> stat_of_entry(const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0)
    return {};
  return facts;
}

void count_waiting(LandingState& state, const struct stat& facts) {
  const std::int64_t age = now_micros() - micros_of(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
  const auto age_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, age / 1000));
  state.waiting += 1;
  state.waiting_bytes += static_cast<std::uint64_t>(facts.st_size);
  state.oldest_age_ms = std::max(age_ms, state.oldest_age_ms.value_or(0));
}

void look_at_files(LandingState& state, const Registry& registry) {
  std::error_code fault;
  for (const std::string& name : names_in(state.path, fault)) {
    const auto facts = stat_of_entry(fs::path{state.path} / name);
    if (!facts || !S_ISREG(facts->st_mode))
      continue;
    if (spool::is_upload_under_way(name))
      state.under_way += 1;
    else if (!registry.route(name))
      state.unrouted += 1;
    else
      count_waiting(state, *facts);
  }
  if (fault)
    state.fault = escape(state.path) + " cannot be read: " + fault.message();
}

// work/<instance>/<claim>/<file>
void look_at_claims(LandingState& state, const fs::path& work) {
  std::error_code ignored;
  for (const std::string& instance : names_in(work, ignored)) {
    const auto facts = stat_of_entry(work / instance);
    if (!facts || !S_ISDIR(facts->st_mode))
      continue;
    state.instances.push_back(instance);
    for (const std::string& claim : names_in(work / instance, ignored))
      state.claimed += names_in(work / instance / claim, ignored).size();
  }
}

}  // namespace

LandingState look_at_landing(const config::Config& config, const Registry& registry) {
  LandingState state;
  state.path = config.landing;
  look_at_files(state, registry);
  look_at_claims(state, config.work);
  return state;
}

}  // namespace longshore::cli
