#include "admin/directory_status.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/setting.hpp"
#include "ingest/ending.hpp"
#include "spool/beneath.hpp"
#include "spool/candidate.hpp"
#include "spool/entries.hpp"
#include "spool/landing/landing.hpp"
#include "spool/landing/subdirectory.hpp"
#include "spool/landing/tail.hpp"
#include "spool/open_writer.hpp"
#include "spool/work/claims.hpp"

#include <algorithm>

namespace longshore::admin {
namespace {

std::uint64_t age_ms(const timespec& stamp) {
  const std::int64_t age = now_micros() - micros_of(stamp.tv_sec, stamp.tv_nsec);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, age / 1000));
}

// A claim id begins with the time of the claim: "20261121T040512.123456Z-5f3a09c1".
std::uint64_t claim_age_ms(const std::string& id) {
  const std::string text = id.substr(0, 4) + "-" + id.substr(4, 2) + "-" + id.substr(6, 5) + ":" + id.substr(11, 2) +
                           ":" + id.substr(13, 10);
  const auto micros = parse_time(text).micros.value_or(now_micros());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now_micros() - micros) / 1000));
}

constexpr std::uint64_t k_asked = 10'000;  // waiting files whose writer is looked for: some 50 ms
constexpr std::size_t k_some_names = 5;    // in the output

// Counts what is in landing. Memory does not grow with the number of files.
class LandingCount {
 public:
  LandingCount(LandingState& state, const config::Config& config, const Registry& registry)
      : m_state(state), m_registry(registry),
        m_ignore(config::names_in(config.ignore)), m_directories{config.landing, config.work, config.processed,
                                                                 config.failed},
        m_own(m_directories), m_is_recursive(config.recursive) {}

  void run();

 private:
  void list(int directory, const std::string& below);
  void add_directory(int parent, const std::string& name, const std::string& path);
  void add_file(int directory, const std::string& name, spool::Candidate candidate);
  void find_writer(int directory, const std::string& name, const std::string& path);

  LandingState& m_state;
  const Registry& m_registry;
  const std::vector<std::string> m_ignore;
  const spool::Directories m_directories;
  const spool::OwnDirectories m_own;
  const bool m_is_recursive;
  std::optional<spool::Candidate> m_oldest;
};

void LandingCount::run() {
  list(open_directory(m_directories.landing).get(), "");
  if (m_oldest) {
    m_state.oldest_age_ms = age_ms(m_oldest->mtime);
    m_state.oldest_file = m_oldest->name;
  }
  std::ranges::sort(m_state.open_names);
  std::ranges::sort(m_state.unread_directory_names);
  const std::uint64_t look_ahead = spool::LandingSettings{}.look_ahead;
  m_state.beyond_look_ahead = m_state.waiting > look_ahead ? m_state.waiting - look_ahead : 0;
}

// `below` is the path of the directory with a slash behind it, or "" for landing.
void LandingCount::list(int directory, const std::string& below) {
  spool::for_each_entry(directory, [&](const char* entry) {
    const std::string name = entry;
    const auto facts = spool::entry_stat(directory, name);
    if (facts && S_ISDIR(facts->st_mode) && !spool::is_ignored(below + name, m_ignore))
      add_directory(directory, name, below + name);
    else if (facts && S_ISREG(facts->st_mode))
      add_file(directory, name, spool::candidate_of(below + name, *facts));
  });
}

void LandingCount::add_directory(int parent, const std::string& name, const std::string& path) {
  if (m_directories.is_own(m_directories.landing + "/" + path))
    return;
  const auto directory = m_is_recursive ? spool::open_subdirectory(parent, name, path, m_own)
                                        : spool::Subdirectory{.fd = {}, .st = {}, .why = "recursive is off"};
  if (directory.fd)
    return list(directory.fd.get(), path + "/");
  if (directory.why.empty())
    return;
  m_state.unread_directories += 1;
  if (m_state.unread_directory_names.size() < k_some_names)
    m_state.unread_directory_names.push_back(path);
}

void LandingCount::add_file(int directory, const std::string& name, spool::Candidate candidate) {
  if (spool::is_upload_in_progress(name)) {
    m_state.uploads += 1;
  } else if (spool::is_ignored(candidate.name, m_ignore)) {
    return;
  } else if (!m_registry.route(candidate.name)) {
    m_state.unrouted += 1;
  } else {
    m_state.waiting += 1;
    m_state.waiting_bytes += candidate.size;
    find_writer(directory, name, candidate.name);
    if (!m_oldest || spool::is_older(candidate, *m_oldest))
      m_oldest = std::move(candidate);
  }
}

void LandingCount::find_writer(int directory, const std::string& name, const std::string& path) {
  if (m_state.waiting > k_asked)
    return;
  const Fd file = spool::open_regular(directory, name);
  if (!file || spool::find_open_writer(file.get()) != spool::OpenWriter::found)
    return;
  m_state.open += 1;
  if (m_state.open_names.size() < k_some_names)
    m_state.open_names.push_back(path);
}

void read_files(LandingState& state, const config::Config& config, const Registry& registry) try {
  LandingCount{state, config, registry}.run();
} catch (const Error& error) {
  state.fault = "cannot read " + escape(state.path) + ": " + error.what();
}

// The rest of the state is worth showing without them.
std::vector<spool::WaitReason> waits_of(const std::string& work, const std::string& instance) try {
  return spool::read_wait_reasons(work, instance);
} catch (const Error& error) {
  return {{"", 0, "", error.what()}};
}

// Why the operator must act before files of this feed are claimed; "": there is no such reason.
std::string why_feed_waits(const LandingState& state, const Feed* feed) {
  for (const InstanceState& instance : state.instances)
    for (const spool::WaitReason& wait : instance.waits)
      if (feed && wait.feed == feed->name)
        return wait.files > 0 ? "files of its feed are parked: " + wait.reason : "its feed is " + wait.reason;
  return "";
}

// work/<instance>/<claim>/<file>
void read_claims(LandingState& state, const std::string& work) try {
  for (const std::string& name : spool::instances_in(work)) {
    InstanceState& instance = state.instances.emplace_back();
    instance.name = name;
    instance.runs = spool::is_alive(work, name);
    if (instance.runs)
      instance.waits = waits_of(work, name);
  }
  spool::for_each_claimed(work, [&](const spool::ClaimedFile& file) {
    state.claimed += 1;
    const auto instance = std::ranges::find(state.instances, file.instance, &InstanceState::name);
    if (instance == state.instances.end() || instance->files++ > 0)
      return;
    instance->oldest_file = file.entry.name;
    instance->oldest_claim = file.claim.id;
    instance->oldest_age_ms = claim_age_ms(file.claim.id);
  });
} catch (const Error& error) {
  state.fault = "cannot read " + escape(work) + ": " + error.what();
}

}  // namespace

LandingState read_landing(const config::Config& config, const Registry& registry) {
  LandingState state;
  state.path = config.landing;
  read_files(state, config, registry);
  read_claims(state, config.work);
  return state;
}

std::string why_the_oldest_waits(const config::Config& config, const Registry& registry, const LandingState& state,
                                 bool database_answers) try {
  if (state.oldest_file.empty())
    return "";
  if (std::ranges::none_of(state.instances, &InstanceState::runs))
    return "no daemon is running";
  if (!database_answers)
    return "the database does not answer";
  const Fd landing = open_directory(state.path);
  const spool::Parent parent{landing.get(), state.oldest_file};
  const auto facts = parent ? spool::entry_stat(parent.fd(), parent.name()) : std::nullopt;
  const Feed* feed = registry.route(state.oldest_file);
  const spool::Ending ending = feed ? ingest::ending_of(*feed) : spool::Ending::bracket;
  Fd file;
  struct stat st {};
  const spool::Tail tail = parent ? spool::tail_of(parent.fd(), parent.name(), ending, file, st) : spool::Tail::gone;
  if (!facts || tail == spool::Tail::gone)
    return "a daemon claimed it just now";
  if (tail == spool::Tail::unreadable)
    return "it cannot be read: check its permissions and its disk";
  // this compares our clock with the file's time; a daemon uses the file system's clock
  const std::uint64_t unchanged_ms = age_ms(facts->st_ctim);
  const auto time = [](std::chrono::milliseconds value) {
    return short_duration(static_cast<std::uint64_t>(value.count()));
  };
  if (file && spool::find_open_writer(file.get()) == spool::OpenWriter::found)
    return "a process has it open for writing: it is claimed when it is closed, or when it has not changed for " +
           time(config.open_grace);
  if (feed && tail == spool::Tail::ends_early && unchanged_ms < static_cast<std::uint64_t>(config.grace.count()))
    return "it is empty or incomplete: it is claimed when it has not changed for " + time(config.grace);
  if (unchanged_ms < static_cast<std::uint64_t>(config.settle.count()))
    return "it is too new: it may have to stay unchanged for " + time(config.settle);
  if (std::string why = why_feed_waits(state, feed); !why.empty())
    return why;
  if (state.claimed > 0)
    return "the loaders are loading or retrying the claimed files";
  return "the daemon should claim it at its next scan: see its log, and reload it if the feed is new";
} catch (const Error&) {
  return "the landing directory cannot be read";
}

}  // namespace longshore::admin
