// The directories below landing: opens those that are looked into, watches them, and counts the others. One thread.
#pragma once

#include "base/fd.hpp"
#include "spool/directories.hpp"
#include "spool/landing/passed_directories.hpp"
#include "spool/landing/subdirectory.hpp"
#include "spool/landing/watcher.hpp"

#include <cstdint>
#include <string>

namespace longshore::spool {

class Subdirectories {
 public:
  // is_recursive: the setting. If it is false, none is looked into. `watcher` must outlive it.
  Subdirectories(const Directories& directories, bool is_recursive, Watcher& watcher)
      : m_directories(directories), m_is_recursive(is_recursive), m_watcher(watcher) {}

  bool is_recursive() const { return m_is_recursive; }
  // Landing is gone.
  void detach() { m_passed.clear(); }

  // Call around a listing of everything.
  void begin_listing();
  void end_listing();
  // Opens the directory `path`, which is the entry `name` of `parent`, and watches it before it returns, so that an event
  // tells what comes after the caller has listed it. No descriptor: it is not looked into. Throws system_error if
  // descriptors or memory run out.
  Fd enter(int parent, const std::string& name, const std::string& path);
  // It was entered and could not be listed.
  void pass(const std::string& path, const std::string& why) { m_passed.add(path, why); }

  std::uint64_t passed() const { return m_passed.count(); }
  // Logs what was passed, and that watches have run out, each once.
  void warn();

 private:
  const Directories m_directories;
  const bool m_is_recursive;
  Watcher& m_watcher;
  OwnDirectories m_own;
  PassedDirectories m_passed;
  std::uint64_t m_unwatched = 0;
  bool m_has_warned = false;  // of m_unwatched
};

}  // namespace longshore::spool
