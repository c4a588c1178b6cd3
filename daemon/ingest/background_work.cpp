#include "ingest/background_work.hpp"

#include <algorithm>
#include <array>

namespace longshore::ingest {
namespace {

constexpr std::chrono::seconds k_pause{1};
constexpr std::chrono::minutes k_pause_after_failure{1};

constexpr std::array k_works{
    BackgroundWork{
        "members that no column reads are not written yet",
        [](const Context& context) { return context.drift.next_due(); },
        [](Context& context, store::Session& session, const spool::Archive&) {
          context.drift.write(session, context.observer);
        },
    },
    BackgroundWork{
        "files that may have grown are not looked at yet",
        [](const Context& context) { return context.growth.next_due(); },
        [](Context& context, store::Session& session, const spool::Archive& archive) {
          context.growth.run(session, archive, context.config, context.observer);
        },
    },
    BackgroundWork{
        "it is not known yet which feeds are late",
        [](const Context& context) { return context.expected.next_due(); },
        [](Context& context, store::Session& session, const spool::Archive&) { context.expected.check(session); },
    },
};

}  // namespace

std::span<const BackgroundWork> background_works() { return k_works; }

BackgroundSchedule::BackgroundSchedule(const Context& context)
    : m_context(context), m_earliest(background_works().size()) {}

const BackgroundWork* BackgroundSchedule::take_due() {
  const auto now = Clock::now();
  for (std::size_t item = 0; item < m_earliest.size(); ++item)
    if (const auto due = due_of(item); due && *due <= now) {
      m_earliest[item] = Clock::time_point::max();
      return &background_works()[item];
    }
  return nullptr;
}

void BackgroundSchedule::ended(const BackgroundWork& work, bool has_failed) {
  const auto item = static_cast<std::size_t>(&work - background_works().data());
  m_earliest[item] = Clock::now() + (has_failed ? Clock::duration{k_pause_after_failure} : Clock::duration{k_pause});
}

std::optional<BackgroundSchedule::Clock::time_point> BackgroundSchedule::next_due() const {
  std::optional<Clock::time_point> next;
  for (std::size_t item = 0; item < m_earliest.size(); ++item)
    if (const auto due = due_of(item); due && *due != Clock::time_point::max())
      next = std::min(next.value_or(*due), *due);
  return next;
}

std::optional<BackgroundSchedule::Clock::time_point> BackgroundSchedule::due_of(std::size_t item) const {
  const auto due = background_works()[item].next_due(m_context);
  return due ? std::optional{std::max(*due, m_earliest[item])} : std::nullopt;
}

}  // namespace longshore::ingest
