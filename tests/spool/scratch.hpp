// Temporary directories for one test, and the ways in which producers put files into the landing directory.
#pragma once

#include "spool/directories.hpp"
#include "spool/landing/landing.hpp"
#include "spool/landing/open_writers.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace longshore::spool {

using namespace std::chrono_literals;

inline const std::string k_document = "{\"a\": [1]}\n";
inline constexpr auto k_never = std::chrono::milliseconds{1h};  // for a pause that must not end during a test

class Scratch {
 public:
  explicit Scratch(const std::string& parent = "/tmp") {
    std::string pattern = parent + "/longshore-spool-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    directories = Directories::beside(root + "/landing");
    std::filesystem::create_directory(directories.landing);
    prepare(directories);
  }
  ~Scratch() {
    if (std::uncaught_exceptions() > 0)
      std::fprintf(stderr, "not removed: %s\n", root.c_str());
    else
      std::filesystem::remove_all(root);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string in_landing(const std::string& name) const { return directories.landing + "/" + name; }

  // Written in place and closed.
  void write(const std::string& name, const std::string& content = k_document) const {
    std::ofstream{in_landing(name), std::ios::binary} << content;
  }
  // Written elsewhere and renamed in.
  void rename_in(const std::string& name, const std::string& content = k_document) const {
    const std::string upload = root + "/upload";
    std::ofstream{upload, std::ios::binary} << content;
    std::filesystem::rename(upload, in_landing(name));
  }
  // As Landing finds it.
  Candidate candidate(const std::string& name) const {
    struct stat st {};
    REQUIRE(::lstat(in_landing(name).c_str(), &st) == 0);
    return candidate_of(name, st);
  }
  std::vector<Candidate> write_candidates(const std::vector<std::string>& names) const {
    std::vector<Candidate> candidates;
    for (const std::string& name : names) {
      write(name);
      candidates.push_back(candidate(name));
    }
    return candidates;
  }
  // Seconds from now.
  void set_mtime(const std::string& name, long seconds) const {
    timespec times[2] = {{0, UTIME_OMIT}, {::time(nullptr) + seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, in_landing(name).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
  }

  std::string root;
  Directories directories;
  mutable OpenWriters writers;  // for Landing
};

inline std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<std::string> names_of(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  names.reserve(candidates.size());
  for (const Candidate& c : candidates)
    names.push_back(c.name);
  return names;
}

inline std::optional<Ending> is_json(std::string_view name) {
  return name.find(".json") != name.npos ? std::optional{Ending::bracket} : std::nullopt;
}

// Waits like the daemon, for events and next_look(), until `done`. False after 20 s, which only a broken landing reaches.
inline bool eventually(Landing& landing, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    landing.look();
    if (done())
      return true;
    const auto until = std::min(landing.next_look().value_or(deadline), deadline);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd news{landing.fd(), POLLIN, 0};
    ::poll(&news, 1, static_cast<int>(std::max<long>(0, wait.count())));
  }
  return false;
}

inline bool becomes_ready(Landing& landing, const std::vector<std::string>& names) {
  return eventually(landing, [&] { return names_of(landing.ready()) == names; });
}

// Looks five times in 25 ms: shows everything that is ready at once.
inline void look_a_while(Landing& landing) {
  for (int i = 0; i < 5; ++i) {
    landing.look();
    ::usleep(5'000);
  }
}

// Runs it in a child process. Returns the status of waitpid().
inline int in_child(const std::function<void()>& run) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    run();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

// The result of `run` as a user without root's rights who owns the scratch directories.
inline bool as_ordinary_user(const Scratch& scratch, const std::function<bool()>& run) {
  if (::geteuid() != 0)
    return run();
  constexpr unsigned k_nobody = 65534;
  return in_child([&] {
           for (const auto& entry : std::filesystem::recursive_directory_iterator{scratch.root})
             if (::lchown(entry.path().c_str(), k_nobody, k_nobody) != 0)
               ::_exit(2);
           if (::chown(scratch.root.c_str(), k_nobody, k_nobody) != 0 || ::setgid(k_nobody) != 0 ||
               ::setuid(k_nobody) != 0)
             ::_exit(3);
           try {
             ::_exit(run() ? 0 : 1);
           } catch (const std::exception& error) {
             std::fprintf(stderr, "%s\n", error.what());
             ::_exit(4);
           }
         }) == 0;
}

}  // namespace longshore::spool
