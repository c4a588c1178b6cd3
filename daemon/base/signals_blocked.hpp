// For a thread that is to be left alone by signals: it keeps the mask that it is born with.
#pragma once

#include <csignal>

namespace longshore {

// While it lives, this thread and those that it starts are sent no signal: they are the main thread's, which takes them
// by name. Those of a fault stay with the thread that has it.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;

 private:
  sigset_t m_before{};
};

}  // namespace longshore
