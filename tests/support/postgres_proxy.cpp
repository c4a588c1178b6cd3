#include "support/postgres_proxy.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace longshore::test {
namespace {

constexpr std::size_t k_most_waiting = std::size_t{1} << 20;  // bytes per direction; then the sender must wait

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t value = 0;
  for (const char c : four.substr(0, 4))
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Whether the message is a COMMIT: a simple query ('Q') or the parse ('P') of an extended query.
bool is_commit(std::string_view message) {
  if (message[0] != 'Q' && message[0] != 'P')
    return false;
  message.remove_prefix(5);
  if (message[0] == '\0')  // the unnamed statement
    message.remove_prefix(1);
  std::string word;
  for (const char c : message.substr(0, message.find('\0')))
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word == "commit" || word == "commit;" || word == "end";
}

// The close sends a reset, as a host does that does not know the connection.
void reset_on_close(const Fd& fd) {
  const linger now{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

PostgresProxy::PostgresProxy(int server_port)
    : m_server_port(server_port), m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (!m_listener || !m_wake || ::bind(m_listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(m_listener.get(), 100) != 0 ||
      ::getsockname(m_listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw system_error(errno, "start a proxy");
  m_port = ntohs(address.sin_port);
  m_thread = std::thread{[this] { work(); }};
}

PostgresProxy::~PostgresProxy() {
  {
    const std::lock_guard lock{m_mutex};
    m_closed = true;
  }
  wake();
  m_thread.join();
}

std::string PostgresProxy::conninfo(const std::string& database) const {
  return "host=127.0.0.1 port=" + std::to_string(m_port) + " user=longshore dbname=" + database +
         " sslmode=disable gssencmode=disable connect_timeout=2 tcp_user_timeout=1000";
}

void PostgresProxy::at_commit(AtCommit order, unsigned times, std::chrono::milliseconds time) {
  const std::lock_guard lock{m_mutex};
  m_at_commit = order;
  m_hold = time;
  m_cuts_copy = false;
  m_times = times;
  m_fired = 0;
}

void PostgresProxy::cut_copy_after(std::uint64_t bytes, unsigned times) {
  const std::lock_guard lock{m_mutex};
  m_at_commit = AtCommit::pass;
  m_cuts_copy = true;
  m_copy_bytes = bytes;
  m_times = times;
  m_fired = 0;
}

void PostgresProxy::swallow(bool on) {
  const std::lock_guard lock{m_mutex};
  m_swallows = on;
  m_fired = on ? 1 : 0;
  wake();
}

void PostgresProxy::delay(std::chrono::milliseconds time) {
  const std::lock_guard lock{m_mutex};
  m_delay = time;
  m_fired = 0;
}

void PostgresProxy::reset_all() {
  const std::lock_guard lock{m_mutex};
  m_fired = static_cast<unsigned>(m_connections.size());
  for (Connection& connection : m_connections) {
    reset_on_close(connection.client);
    reset_on_close(connection.server);
  }
  m_connections.clear();
  wake();
}

unsigned PostgresProxy::fired() {
  const std::lock_guard lock{m_mutex};
  return m_fired;
}

void PostgresProxy::work() {
  for (;;) {
    std::vector<pollfd> fds{{m_wake.get(), POLLIN, 0}, {m_listener.get(), POLLIN, 0}};
    int timeout = -1;
    {
      const std::lock_guard lock{m_mutex};
      if (m_closed)
        return;
      const auto now = Clock::now();
      const auto waits_for = [&](const Fd& fd, const Flow& in, const Flow& out) {
        short events = 0;
        if (!m_swallows && in.size < k_most_waiting)
          events |= POLLIN;
        if (!m_swallows && !out.pieces.empty()) {
          const auto left = std::chrono::ceil<std::chrono::milliseconds>(out.pieces.front().due - now).count();
          if (left <= 0)
            events |= POLLOUT;
          else if (timeout < 0 || left < timeout)
            timeout = static_cast<int>(left);
        }
        if (fd && events != 0)
          fds.push_back({fd.get(), events, 0});
      };
      for (Connection& connection : m_connections) {
        waits_for(connection.client, connection.up, connection.down);
        waits_for(connection.server, connection.down, connection.up);
      }
    }
    if (::poll(fds.data(), fds.size(), timeout) < 0 && errno != EINTR)
      return;
    const std::lock_guard lock{m_mutex};
    step();
  }
}

// Tries every socket; all are non-blocking.
void PostgresProxy::step() {
  std::uint64_t ignored = 0;
  (void)!::read(m_wake.get(), &ignored, sizeof ignored);
  accept();
  if (m_swallows)
    return;
  for (Connection& connection : m_connections) {
    take_from_client(connection);
    if (!connection.is_over)
      take_from_server(connection);
    if (connection.server)
      flush(connection.up, connection.server, connection);
    if (connection.client)
      flush(connection.down, connection.client, connection);
  }
  m_connections.remove_if([](const Connection& connection) { return connection.is_over; });
}

void PostgresProxy::accept() {
  for (;;) {
    Fd client{::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!client)
      return;
    Fd server{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_in address = local(m_server_port);
    if (!server || ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      continue;  // the server is down: close the client's connection
    const int on = 1;
    for (const Fd* fd : {&client, &server})
      ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = m_connections.emplace_back();
    connection.client = std::move(client);
    connection.server = std::move(server);
  }
}

void PostgresProxy::take_from_client(Connection& connection) {
  std::array<char, 65536> buffer;
  while (connection.client && connection.up.size < k_most_waiting) {
    const ssize_t n = ::recv(connection.client.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0)
      break;
    if (n == 0) {
      connection.is_over = true;
      return;
    }
    connection.message.append(buffer.data(), static_cast<std::size_t>(n));
    for (;;) {
      std::string& rest = connection.message;
      const std::size_t head = connection.started ? 5 : 4;  // the first message has no type
      if (rest.size() < head)
        break;
      const std::size_t whole = big_endian(std::string_view{rest}.substr(head - 4)) + head - 4;
      if (rest.size() < whole)
        break;
      const std::string message = rest.substr(0, whole);
      rest.erase(0, whole);
      if (connection.started)
        forward(connection, message);
      else
        push(connection.up, message);
      connection.started = true;
      if (connection.is_over || !connection.client)
        return;
    }
  }
}

void PostgresProxy::forward(Connection& connection, const std::string& message) {
  if (message[0] == 'd') {
    const std::uint64_t before = connection.copied;
    connection.copied += message.size() - 5;
    if (m_cuts_copy && m_times > 0 && connection.copied >= m_copy_bytes) {
      --m_times;
      ++m_fired;
      push(connection.up, message.substr(0, 5 + (m_copy_bytes - before)));
      flush(connection.up, connection.server, connection);
      connection.is_over = true;
      return;
    }
  } else if (message[0] != 'H' && message[0] != 'S') {  // a client may send flush or sync between a COPY and its data
    connection.copied = 0;
  }
  if (is_commit(message) && m_at_commit != AtCommit::pass && m_times > 0)
    break_commit(connection, message);
  else
    push(connection.up, message);
}

void PostgresProxy::break_commit(Connection& connection, const std::string& message) {
  --m_times;
  switch (m_at_commit) {
  case AtCommit::cut:
    ++m_fired;
    connection.is_over = true;
    return;
  case AtCommit::hold:
    connection.client.reset();
    [[fallthrough]];
  case AtCommit::lose_answer:
    push(connection.up, message, m_hold);
    connection.is_mute = true;
    return;
  case AtCommit::pass:
    return;
  }
}

void PostgresProxy::take_from_server(Connection& connection) {
  std::array<char, 65536> buffer;
  while (connection.down.size < k_most_waiting) {
    const ssize_t n = ::recv(connection.server.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0)
      return;
    if (n == 0) {
      connection.is_over = true;
      // the last message often contains the reason
      if (connection.client)
        flush(connection.down, connection.client, connection);
      return;
    }
    if (!connection.is_mute) {
      push(connection.down, {buffer.data(), static_cast<std::size_t>(n)});
      continue;
    }
    connection.answer.append(buffer.data(), static_cast<std::size_t>(n));
    // CommandComplete followed by ReadyForQuery: the server has committed
    if (connection.answer.find(std::string_view{"COMMIT\0Z", 8}) != std::string::npos) {
      ++m_fired;
      connection.is_over = true;
      return;
    }
  }
}

void PostgresProxy::push(Flow& flow, std::string bytes, std::chrono::milliseconds later) {
  flow.size += bytes.size();
  if (m_delay.count() > 0)
    ++m_fired;
  flow.pieces.push_back({Clock::now() + m_delay + later, std::move(bytes)});
}

void PostgresProxy::flush(Flow& flow, const Fd& to, Connection& connection) {
  const auto now = Clock::now();
  while (!flow.pieces.empty() && flow.pieces.front().due <= now) {
    std::string& bytes = flow.pieces.front().bytes;
    const ssize_t n = ::send(to.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      connection.is_over = connection.is_over || (errno != EAGAIN && errno != EINTR);
      return;
    }
    flow.size -= static_cast<std::size_t>(n);
    bytes.erase(0, static_cast<std::size_t>(n));
    if (!bytes.empty())
      return;
    flow.pieces.pop_front();
  }
}

void PostgresProxy::wake() {
  const std::uint64_t one = 1;
  (void)!::write(m_wake.get(), &one, sizeof one);
}

}  // namespace longshore::test
