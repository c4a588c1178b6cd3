#include "admin/trial.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/setting.hpp"
#include "decode/source.hpp"
#include "ingest/read_document.hpp"
#include "spool/candidate.hpp"

#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>

namespace longshore::admin {
namespace {

// Discards the rows of each window.
class Discard : public decode::Sink {
 public:
  Discard(const Feed& feed, std::uint64_t window_bytes, Trial& trial)
      : m_window(feed), m_limit(window_bytes), m_trial(trial) {}

  RowBatch& window() override { return m_window; }
  void row_added() override {
    if (m_window.bytes() >= m_limit)
      m_window.clear();
  }
  void reject(Reject reject) override { m_trial.rejects.push_back(std::move(reject)); }

 private:
  RowBatch m_window;
  std::uint64_t m_limit;
  Trial& m_trial;
};

void decode_file(Trial& trial, const Fd& file, const std::string& name, const config::Config& config) {
  decode::Limits limits = ingest::limits_of(config);
  limits.stored_rejects = k_shown_rejects;
  Discard sink{*trial.feed, config.window_bytes, trial};
  decode::FileSource raw{file.get(), trial.path};
  decode::Decoder decoder{*trial.feed, limits};
  const std::int64_t now = now_micros();
  const decode::FileFacts facts{name, now, trial.feed->keep ? trial.feed->keep->horizon_at(now) : k_no_horizon};
  const ingest::ReadResult result = ingest::read_document(raw, facts, config, decoder, sink, 0);
  trial.decoded = result.decoded;
  trial.result = trial.decoded.rejects == 0 ? TrialResult::loaded : TrialResult::partial;
  if (result.bad_file) {
    trial.result = TrialResult::failed;
    trial.reason = result.bad_file->what();
    trial.hint = result.bad_file->hint();
    trial.position = result.bad_file->position();
  }
}

// Below landing the name is a path. Anywhere else too, if it is given as one, so that patterns with a slash can be
// tried.
struct Name {
  std::string text;
  bool is_in_landing = false;
};

Name name_of(const std::string& path, const std::string& landing) {
  const std::filesystem::path given = std::filesystem::path{path}.lexically_normal();
  const auto is_below = [](const std::filesystem::path& relative) {
    return !relative.empty() && relative.is_relative() && *relative.begin() != ".." && *relative.begin() != ".";
  };
  if (const auto below = std::filesystem::absolute(given).lexically_relative(landing); is_below(below))
    return {below, true};
  return {is_below(given) ? given : given.filename()};
}

// Why the daemon never reads a file of this name; "" if it does.
std::string why_not_touched(const std::string& name, bool is_in_landing, const config::Config& config) {
  const auto ignore = config::names_in(config.ignore);
  for (std::size_t end = is_in_landing ? name.find('/') : name.npos;; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);  // each directory of landing on its path, then the path
    const bool is_file = end == name.npos;
    if (spool::is_upload_in_progress(part))
      return is_file ? "its name marks an upload in progress"
                     : "the name of its directory " + escape(part) + " marks an upload in progress";
    if (spool::is_ignored(part, ignore))
      return is_file ? "its name matches the setting ignore"
                     : "its directory " + escape(part) + " matches the setting ignore";
    if (is_file)
      return "";
    if (!config.recursive)
      return "it is in a directory, and recursive is off";
  }
}

}  // namespace

std::string_view trial_result_name(TrialResult result) {
  static constexpr std::array<std::string_view, 5> k_names = {"loaded", "partial", "failed", "no feed", "not touched"};
  return k_names[static_cast<std::size_t>(result)];
}

Trial try_file(const std::string& path, const Feed* feed, const Registry& registry, const config::Config& config) {
  const auto [name, is_in_landing] = name_of(path, config.landing);
  Trial trial;
  trial.path = escape(path);
  trial.feed = feed ? feed : registry.route(name);
  if (!feed)
    trial.reason = why_not_touched(name, is_in_landing, config);
  if (!trial.reason.empty()) {
    trial.result = TrialResult::not_touched;
    return trial;
  }
  if (!trial.feed) {
    trial.result = TrialResult::no_feed;
    return trial;
  }
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    throw system_error(errno, "open " + trial.path);
  decode_file(trial, file, name, config);
  return trial;
}

}  // namespace longshore::admin
