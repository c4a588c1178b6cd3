// The standard descriptors of a child process, and the transfer through them: the input goes in while output and errors
// are read, so neither side waits for the other. For base/child_process only.
#pragma once

#include "base/child_process.hpp"
#include "base/fd.hpp"
#include "base/output_tail.hpp"

#include <chrono>
#include <csignal>
#include <string>

namespace longshore {

// While it exists, a write to a pipe without a reader fails with EPIPE in this thread, and does not end the process.
class SigpipeBlocked {
 public:
  SigpipeBlocked();
  ~SigpipeBlocked();
  SigpipeBlocked(const SigpipeBlocked&) = delete;

 private:
  sigset_t m_before{};
  bool m_was_pending = false;
};

class ChildPipes {
 public:
  // Keeps a reference to the program.
  explicit ChildPipes(const ChildProgram& program);

  // For the child; -1: /dev/null.
  int child_input() const { return m_child_input.get(); }
  int child_output() const { return m_child_output.get(); }
  int child_errors() const { return m_child_errors.get(); }
  void close_ends_of_child();

  // Waits until something can be read or written, and does that once. Throws what the producer of the input throws.
  void exchange(std::chrono::milliseconds wait);
  // The same without the input.
  void read_some(std::chrono::milliseconds wait);
  // Reads what the ended child has left in the pipes.
  void read_rest();
  // False when nobody can write to the child's output and errors any more.
  bool has_output() const { return m_output || m_errors; }

  const LastLine& last_line() const { return m_last_line; }
  const OutputTail& errors() const { return m_tail; }

 private:
  void fetch_input();
  void write_input();
  void transfer(std::chrono::milliseconds wait, bool with_input);

  const SigpipeBlocked m_sigpipe;
  const ChildProgram& m_program;
  Fd m_child_input;
  Fd m_child_output;
  Fd m_child_errors;
  Fd m_input;  // our ends; empty when closed
  Fd m_output;
  Fd m_errors;

  std::string m_piece;        // of the input
  std::size_t m_written = 0;  // bytes of it
  bool m_has_more = true;     // the producer has another piece
  LastLine m_last_line;
  OutputTail m_tail;
};

}  // namespace longshore
