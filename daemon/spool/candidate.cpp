#include "spool/candidate.hpp"

#include "feed/glob.hpp"

#include <algorithm>
#include <tuple>

namespace longshore::spool {
namespace {

auto order_of(const Candidate& c) { return std::tie(c.mtime.tv_sec, c.mtime.tv_nsec, c.name); }

constexpr std::string_view k_upload_endings[] = {
    "~", ".tmp", ".part", ".partial", ".filepart", ".cyberduckpart", ".crdownload", ".opdownload", ".swp"};

}  // namespace

Candidate candidate_of(std::string name, const struct stat& st) {
  return {std::move(name), static_cast<std::uint64_t>(st.st_size), st.st_mtim};
}

std::string version_of(const Candidate& candidate) {
  return candidate.name + '/' + std::to_string(candidate.size) + '/' + std::to_string(candidate.mtime.tv_sec) + '.' +
         std::to_string(candidate.mtime.tv_nsec);
}

bool is_older(const Candidate& a, const Candidate& b) { return order_of(a) < order_of(b); }

bool is_unchanged(const Candidate& a, const Candidate& b) { return a.size == b.size && order_of(a) == order_of(b); }

bool is_upload_in_progress(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with('.') ||
         std::ranges::any_of(k_upload_endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_ignored(std::string_view name, std::span<const std::string> globs) {
  return is_upload_in_progress(name) ||
         std::ranges::any_of(globs, [&](const std::string& glob) { return name_matches(glob, name); });
}

std::chrono::nanoseconds between(const timespec& earlier, const timespec& later) {
  constexpr std::int64_t k_far = std::int64_t{1} << 40;  // seconds; so that the difference cannot overflow
  constexpr std::int64_t k_most = 1'000'000'000;         // seconds
  const std::int64_t seconds =
      std::clamp<std::int64_t>(later.tv_sec, -k_far, k_far) - std::clamp<std::int64_t>(earlier.tv_sec, -k_far, k_far);
  return std::chrono::seconds{std::clamp(seconds, -k_most, k_most)} +
         std::chrono::nanoseconds{later.tv_nsec - earlier.tv_nsec};
}

}  // namespace longshore::spool
