#include "base/child_pipes.hpp"

#include "base/error.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace longshore {
namespace {

constexpr std::size_t k_part = 64 << 10;  // the size of a pipe
// Of one read_rest(): a process that the child left running may write for ever.
constexpr int k_last_parts = 16;

// Not 0 to 2: the child replaces these. open() returns one of them if the daemon was started with it closed.
Fd above_standard(Fd fd, const char* what) {
  if (!fd)
    throw system_error(errno, what);
  if (fd.get() > STDERR_FILENO)
    return fd;
  Fd higher{::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  if (!higher)
    throw system_error(errno, what);
  return higher;
}

Fd memory_file(const InputFile& file) {
  Fd fd = above_standard(Fd{::memfd_create(file.name.c_str(), MFD_CLOEXEC)}, "memfd_create");
  write_all(fd.get(), file.content, "the " + file.name);
  if (::lseek(fd.get(), 0, SEEK_SET) != 0)
    throw system_error(errno, "lseek");
  return fd;
}

struct Pipe {
  Fd reader;
  Fd writer;

  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0)
      throw system_error(errno, "pipe");
    Fd first{fds[0]};
    Fd second{fds[1]};
    reader = above_standard(std::move(first), "fcntl");
    writer = above_standard(std::move(second), "fcntl");
  }
};

// Only for our end: the child's must block when the pipe is full or empty.
Fd not_blocking(Fd fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
    throw system_error(errno, "fcntl");
  return fd;
}

sigset_t sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

// Reads once, and gives the bytes to `sink`. Closes the descriptor at the end. Returns false if there is nothing now.
template <class Sink>
bool read_part(Fd& fd, Sink& sink) {
  std::array<char, k_part> part;
  const ssize_t n = ::read(fd.get(), part.data(), part.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (n <= 0)
    fd.reset();
  else
    sink.add(std::string_view{part.data(), static_cast<std::size_t>(n)});
  return n > 0;
}

template <class Sink>
void read_last_parts(Fd& fd, Sink& sink) {
  for (int i = 0; i < k_last_parts && fd && read_part(fd, sink); ++i) {
  }
}

}  // namespace

SigpipeBlocked::SigpipeBlocked() {
  const sigset_t set = sigpipe();
  sigset_t pending;
  ::sigpending(&pending);
  m_was_pending = sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &set, &m_before);
}

SigpipeBlocked::~SigpipeBlocked() {
  const sigset_t set = sigpipe();
  const timespec now{};
  // one that a write has caused would end the process as soon as it is unblocked
  if (!m_was_pending)
    while (::sigtimedwait(&set, nullptr, &now) < 0 && errno == EINTR) {
    }
  ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

ChildPipes::ChildPipes(const ChildProgram& program)
    : m_program(program), m_last_line(program.longest_line), m_tail(program.longest_errors) {
  if (const auto* file = std::get_if<InputFile>(&program.input)) {
    m_child_input = memory_file(*file);
  } else {
    Pipe pipe;
    m_child_input = std::move(pipe.reader);
    m_input = not_blocking(std::move(pipe.writer));
  }
  if (program.longest_line > 0) {
    Pipe pipe;
    m_child_output = std::move(pipe.writer);
    m_output = not_blocking(std::move(pipe.reader));
  }
  Pipe pipe;
  m_child_errors = std::move(pipe.writer);
  m_errors = not_blocking(std::move(pipe.reader));
}

void ChildPipes::close_ends_of_child() {
  m_child_input.reset();
  m_child_output.reset();
  m_child_errors.reset();
}

void ChildPipes::fetch_input() {
  if (!m_input || m_written < m_piece.size())
    return;
  m_piece.clear();
  m_written = 0;
  while (m_piece.empty() && m_has_more)
    m_has_more = std::get<InputPieces>(m_program.input)(m_piece);
  if (m_piece.empty())
    m_input.reset();
}

void ChildPipes::write_input() {
  const ssize_t n = ::write(m_input.get(), m_piece.data() + m_written, m_piece.size() - m_written);
  if (n >= 0)
    m_written += static_cast<std::size_t>(n);
  else if (errno != EAGAIN && errno != EINTR)
    m_input.reset();  // EPIPE: it does not want the rest
}

void ChildPipes::transfer(std::chrono::milliseconds wait, bool with_input) {
  // poll() skips a negative descriptor, and returns at once for one at its end
  std::array<pollfd, 3> fds{pollfd{with_input ? m_input.get() : -1, POLLOUT, 0}, pollfd{m_output.get(), POLLIN, 0},
                            pollfd{m_errors.get(), POLLIN, 0}};
  if (::poll(fds.data(), fds.size(), static_cast<int>(wait.count())) <= 0)
    return;
  if (fds[0].revents != 0)
    write_input();
  if (fds[1].revents != 0)
    read_part(m_output, m_last_line);
  if (fds[2].revents != 0)
    read_part(m_errors, m_tail);
}

void ChildPipes::exchange(std::chrono::milliseconds wait) {
  fetch_input();
  transfer(wait, true);
}

void ChildPipes::read_some(std::chrono::milliseconds wait) { transfer(wait, false); }

void ChildPipes::read_rest() {
  read_last_parts(m_output, m_last_line);
  read_last_parts(m_errors, m_tail);
}

}  // namespace longshore
