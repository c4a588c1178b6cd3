#include "notify/notices.hpp"

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "base/signals.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "notify/notify_command.hpp"
#include "notify/webhook.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace longshore::notify {
namespace {

// Between the tries of one notice.
constexpr std::array<std::chrono::milliseconds, 3> k_pauses = {std::chrono::seconds{1}, std::chrono::seconds{3},
                                                               std::chrono::seconds{9}};
// For all that is noted at the end. A service manager waits for the daemon, a run --once for nobody.
constexpr std::chrono::seconds k_farewell{5};
constexpr std::chrono::seconds k_farewell_of_run{30};

std::vector<std::string> essentials_of(const Notice& notice, const Sender& sender) {
  return {"LONGSHORE_NOTICE_KIND=" + std::string{name_of(notice.kind)},
          "LONGSHORE_NOTICE_STATE=" + std::string{state_of(notice.kind)},
          "LONGSHORE_NOTICE_SUMMARY=" + summary_of(notice, sender),
          "LONGSHORE_NOTICE_INSTANCE=" + printable(sender.instance), "LONGSHORE_NOTICE_HOST=" + printable(sender.host)};
}

}  // namespace

Notices::~Notices() {
  if (!m_thread.joinable())
    return;
  {
    const std::lock_guard lock{m_mutex};
    const auto time = m_settings.is_once ? k_farewell_of_run : k_farewell;
    m_deadline = (Moment::Clock::now() + time).time_since_epoch().count();
    m_ends = true;
  }
  m_news.notify_all();
  m_thread.join();
}

void Notices::settings_changed(const config::Config& config) {
  {
    const std::lock_guard lock{m_mutex};
    m_settings = {config.notify_command, config.notify_webhook, {config.instance, host_name()}, config.once};
    m_is_wanted = m_settings.command != "off" || m_settings.webhook != "off";
    m_pending.settings_changed(config, Moment::now());
  }
  if (m_is_wanted && !m_thread.joinable())
    start();
  m_news.notify_all();
}

void Notices::start() {
  std::signal(SIGCHLD, SIG_DFL);  // who started us may have ignored it, and then nobody learns how a command ended
  ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const SignalsBlocked blocked;
  m_thread = std::thread{[this] { run(); }};
}

void Notices::file_finished(const store::LedgerRow& row, std::int64_t file_id) {
  if (!m_is_wanted)
    return;
  bool is_news = false;
  {
    const std::lock_guard lock{m_mutex};
    is_news = m_pending.file_finished(row, file_id, Moment::now());
  }
  if (is_news)
    m_news.notify_all();
}

void Notices::tick(const observe::Situation& situation) {
  if (!m_is_wanted)
    return;
  {
    const std::lock_guard lock{m_mutex};
    m_pending.tick(situation, Moment::now());
  }
  m_news.notify_all();
}

void Notices::daemon_failed(const std::string& error) {
  const std::lock_guard lock{m_mutex};
  m_pending.daemon_failed(error);
}

void Notices::run() {
  std::unique_lock lock{m_mutex};
  for (;;) {
    const bool ends = m_ends;
    if (const auto notice = m_pending.take(Moment::now(), ends)) {
      const Settings settings = m_settings;
      lock.unlock();
      tell(*notice, settings);
      lock.lock();
    } else if (ends) {
      return;
    } else if (const auto next = m_pending.next_due(Moment::now())) {
      m_news.wait_until(lock, *next);
    } else {
      m_news.wait(lock);
    }
  }
}

void Notices::tell(const Notice& notice, const Settings& settings) {
  const GiveUp give_up = [this] { return is_too_late(); };
  if (settings.command != "off")
    send(m_to_command, notice, settings.sender, [&](const std::string& json) {
      return run_command(settings.command, json, essentials_of(notice, settings.sender), give_up);
    });
  if (settings.webhook != "off")
    send(m_to_webhook, notice, settings.sender,
         [&](const std::string& json) { return post(settings.webhook, json, give_up); });
}

void Notices::send(Channel& road, const Notice& notice, const Sender& sender, const Send& send_once) {
  const std::string json = json_of(notice, sender, now_micros(), road.lost);
  for (std::size_t tries = 0;; ++tries) {
    const Attempt attempt = is_too_late() ? Attempt{"there was no time left for it", false} : send_once(json);
    if (attempt.fault.empty()) {
      road.lost = 0;
      log::debug("{}: told of {}", road.name, name_of(notice.kind));
      return;
    }
    if (!attempt.again || tries == k_pauses.size() || !pause(k_pauses[tries])) {
      ++road.lost;
      log::error("{}: a notice is given up after {}: {}; it was: {}", road.name,
                 tries == 0 ? "a try" : std::to_string(tries + 1) + " tries", attempt.fault,
                 summary_of(notice, sender));
      return;
    }
    log::debug("{}: {}; trying again", road.name, attempt.fault);
  }
}

bool Notices::pause(std::chrono::milliseconds time) {
  using Time = Moment::Clock::time_point;
  const Time end = Moment::Clock::now() + time;
  std::unique_lock lock{m_mutex};
  while (Moment::Clock::now() < end && end.time_since_epoch().count() < m_deadline)
    m_news.wait_until(lock, end);
  return end.time_since_epoch().count() < m_deadline;
}

}  // namespace longshore::notify
