#include "metrics/http_listener.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/signals.hpp"

#include <microhttpd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>

namespace longshore::metrics {
namespace {

constexpr unsigned k_connections = 64;  // those beyond wait until one ends
constexpr unsigned k_idle_seconds = 10;

Error refusal(const ListenAddress& address, int code) {
  const std::string hint = code == EADDRINUSE      ? "another program, or another longshore, listens there: ss -ltnp"
                           : code == EADDRNOTAVAIL ? "this machine has no such address (yet)"
                           : code == EACCES        ? "ports below 1024 are root's"
                                                   : "metrics_listen names the address";
  return Error(Fault::fatal,
               "cannot listen at " + address.text() + " for metrics: " + std::generic_category().message(code))
      .with_hint(hint)
      .exits(Exit::config);
}

// Of both families where the host is open; a kernel without IPv6 has the other.
Fd socket_of(const ListenAddress& address) {
  const int on = 1;
  const int off = 0;
  const auto listening = [&](const std::string& host) {
    const SocketAddress place = socket_address(host, address.port);
    Fd fd{::socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
      return fd;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (place.storage.ss_family == AF_INET6)
      ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.host.empty() ? &off : &on, sizeof on);
    if (::bind(fd.get(), place.get(), place.size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
      return Fd{};
    return fd;
  };
  Fd fd = listening(address.host.empty() ? "::" : address.host);
  if (!fd && address.host.empty() && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    fd = listening("0.0.0.0");
  if (!fd)
    throw refusal(address, errno);
  return fd;
}

std::uint16_t port_of(const Fd& fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

MHD_Result send(MHD_Connection* connection, const HttpPage& page) {
  MHD_Response* const response =
      ::MHD_create_response_from_buffer(page.body.size(), const_cast<char*>(page.body.data()), MHD_RESPMEM_MUST_COPY);
  if (!response)
    return MHD_NO;
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page.type.c_str());
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED)
    ::MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result result = ::MHD_queue_response(connection, page.status, response);
  ::MHD_destroy_response(response);
  return result;
}

}  // namespace

struct Answering {
  static HttpPage page(const HttpListener& listener, std::string_view path) {
    const auto found = listener.m_pages.find(path);
    if (found == listener.m_pages.end())
      return {MHD_HTTP_NOT_FOUND, "there is no such page\n"};
    try {
      return found->second();
    } catch (const std::exception& error) {
      log::error("{} cannot be told: {}", path, error.what());
      return {MHD_HTTP_INTERNAL_SERVER_ERROR, "longshore could not make this page; its log says why\n"};
    }
  }

  // Nothing may leave it but its result: what calls it is C.
  static MHD_Result answer(void* listener, MHD_Connection* connection, const char* path, const char* method,
                           const char* /*version*/, const char* /*upload*/, std::size_t* /*upload_size*/,
                           void** state) noexcept {
    const std::string_view verb{method};
    try {
      if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD)
        return send(connection, {MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n"});
      if (!*state) {  // an answer to the headers alone would end the connection
        *state = listener;
        return MHD_YES;
      }
      return send(connection, page(*static_cast<const HttpListener*>(listener), path));
    } catch (const std::exception&) {
      return MHD_NO;  // the connection is closed
    }
  }
};

HttpListener::HttpListener(const ListenAddress& address, Pages pages)
    : m_pages(std::move(pages)), m_address(address), m_socket(socket_of(address)), m_end(::eventfd(0, EFD_CLOEXEC)),
      m_server(::MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, &Answering::answer, this,
                                  MHD_OPTION_LISTEN_SOCKET, ::fcntl(m_socket.get(), F_DUPFD_CLOEXEC, 0),
                                  MHD_OPTION_CONNECTION_LIMIT, k_connections, MHD_OPTION_CONNECTION_TIMEOUT,
                                  k_idle_seconds, MHD_OPTION_END)) {
  if (!m_end || !m_server)
    throw refusal(address, errno);
  m_address.port = port_of(m_socket);
  const SignalsBlocked blocked;  // the thread keeps what it is born with
  m_thread = std::jthread{[this] { answer_until_ended(); }};
}

HttpListener::~HttpListener() {
  ::eventfd_write(m_end.get(), 1);
  m_thread.join();
}

void HttpListener::Stop::operator()(MHD_Daemon* server) const { ::MHD_stop_daemon(server); }

// Not the library's own thread: told to stop amid a request that it has to refuse, the library reads the refusal through
// a null pointer (before 1.0.1: MHD_queue_response says yes and queues nothing).
void HttpListener::answer_until_ended() {
  const auto connections = [this] {
    return ::MHD_get_daemon_info(m_server.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
  };
  const int work = ::MHD_get_daemon_info(m_server.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  std::array<pollfd, 2> wakes{{{m_end.get(), POLLIN, 0}, {work, POLLIN, 0}}};
  while (wakes[0].revents == 0) {
    // whom the limit kept out is let in by the run after the one that made room
    for (unsigned before = connections() + 1; connections() < before;) {
      before = connections();
      ::MHD_run(m_server.get());
    }
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    const bool is_timed = ::MHD_get_timeout(m_server.get(), &milliseconds) == MHD_YES;
    ::poll(wakes.data(), wakes.size(),
           is_timed ? static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(milliseconds, 1000 * k_idle_seconds)) : -1);
  }
}

}  // namespace longshore::metrics
