#include "spool/work/crash_counter.hpp"

#include "base/crash_hook.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include <unistd.h>

namespace longshore::spool {
namespace {

// Plain bytes: a signal handler may use nothing else.
struct Renaming {
  int parent = -1;
  std::array<char, 128> from{};
  std::array<char, 128> to{};
  volatile std::sig_atomic_t is_set = 0;
};
thread_local Renaming t_renaming;

void put(std::array<char, 128>& out, const std::string& text) {
  std::snprintf(out.data(), out.size(), "%s", text.c_str());
}

void count_crash() {
  if (t_renaming.is_set)
    ::renameat(t_renaming.parent, t_renaming.from.data(), t_renaming.parent, t_renaming.to.data());
}

}  // namespace

void count_crashes() {
  static const bool once = (set_crash_hook(count_crash), true);
  (void)once;
}

CrashCounter::CrashCounter(const Claim& claim) {
  if (!claim.instance_directory)
    return;  // the files are not claimed
  ClaimDirectory counted = claim.directory;
  ++counted.crashes;
  t_renaming.parent = claim.instance_directory->fd.get();
  put(t_renaming.from, directory_name(claim.directory));
  put(t_renaming.to, directory_name(counted));
  t_renaming.is_set = 1;
}

CrashCounter::~CrashCounter() { t_renaming.is_set = 0; }

}  // namespace longshore::spool
