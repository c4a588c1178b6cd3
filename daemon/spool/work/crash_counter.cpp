#include "spool/work/crash_counter.hpp"

#include "base/crash_hook.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include <unistd.h>

namespace longshore::spool {
namespace {

// Plain bytes: the hook may touch nothing else.
struct Work {
  int parent = -1;
  std::array<char, 128> from{};
  std::array<char, 128> to{};
  volatile std::sig_atomic_t is_set = 0;
};
thread_local Work t_work;

void put(std::array<char, 128>& out, const std::string& text) {
  std::snprintf(out.data(), out.size(), "%s", text.c_str());
}

void count_crash() {
  if (t_work.is_set)
    ::renameat(t_work.parent, t_work.from.data(), t_work.parent, t_work.to.data());
}

}  // namespace

void count_crashes() {
  static const bool once = (set_crash_hook(count_crash), true);
  (void)once;
}

CrashCounter::CrashCounter(const Claim& claim) {
  if (!claim.instance_directory)
    return;  // files that are not claimed
  ClaimDirectory counted = claim.directory;
  ++counted.crashes;
  t_work.parent = claim.instance_directory->fd.get();
  put(t_work.from, directory_name(claim.directory));
  put(t_work.to, directory_name(counted));
  t_work.is_set = 1;
}

CrashCounter::~CrashCounter() { t_work.is_set = 0; }

}  // namespace longshore::spool
