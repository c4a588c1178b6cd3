#include "base/crash_hook.hpp"

#include <array>
#include <csignal>

namespace longshore {
namespace {

constexpr std::size_t k_stack_bytes = 64 << 10;
constexpr std::array k_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

void (*s_hook)() = nullptr;
std::array<struct sigaction, k_signals.size()> s_before;

void on_crash(int signal) {
  s_hook();
  for (std::size_t i = 0; i < k_signals.size(); ++i)
    if (k_signals[i] == signal)
      ::sigaction(signal, &s_before[i], nullptr);
  ::raise(signal);  // delivered when this handler returns
}

}  // namespace

void set_crash_hook(void (*hook)()) {
  s_hook = hook;
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < k_signals.size(); ++i)
    ::sigaction(k_signals[i], &action, &s_before[i]);
}

CrashStack::CrashStack() : m_stack(std::make_unique<std::byte[]>(k_stack_bytes)) {
  stack_t stack{};
  stack.ss_sp = m_stack.get();
  stack.ss_size = k_stack_bytes;
  ::sigaltstack(&stack, nullptr);
}

CrashStack::~CrashStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace longshore
