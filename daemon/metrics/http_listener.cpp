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

#include <poll.h>
#include <sys/eventfd.h>

namespace longshore::metrics {
namespace {

constexpr unsigned k_connections = 64;  // further ones wait until one is closed
constexpr unsigned k_idle_seconds = 10;

Error cannot_listen(const ListenAddress& address, int code) {
  const std::string hint = code == EADDRINUSE      ? "another program, or another longshore, listens there: ss -ltnp"
                           : code == EADDRNOTAVAIL ? "this machine does not have this address (yet)"
                           : code == EACCES        ? "only root may use ports below 1024"
                                                   : "the address is set by metrics_listen";
  return Error(Fault::fatal,
               "cannot listen at " + address.text() + " for metrics: " + std::generic_category().message(code))
      .with_hint(hint)
      .exits(Exit::config);
}

MHD_Result send(MHD_Connection* connection, const HttpResponse& answer) {
  MHD_Response* const response = ::MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (!response)
    return MHD_NO;
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, answer.cache_control.c_str());
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED)
    ::MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result result = ::MHD_queue_response(connection, answer.status, response);
  ::MHD_destroy_response(response);
  return result;
}

}  // namespace

struct RequestHandler {
  static HttpResponse answer_to(const std::vector<Route>& routes, std::string_view path) {
    const auto route = std::ranges::find(routes, path, &Route::path);
    if (route == routes.end())
      return {MHD_HTTP_NOT_FOUND, "this page does not exist\n"};
    try {
      return route->handler();
    } catch (const std::exception& error) {
      log::error("HTTP request failed: {}: {}", path, error.what());
      return {MHD_HTTP_INTERNAL_SERVER_ERROR, "request failed; see longshore's log\n"};
    }
  }

  // Called from C, so no exception may leave it.
  static MHD_Result handle(void* listener, MHD_Connection* connection, const char* path, const char* method,
                           const char* /*version*/, const char* /*upload*/, std::size_t* /*upload_size*/,
                           void** state) noexcept {
    const std::string_view verb{method};
    try {
      if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD)
        return send(connection, {MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are allowed\n"});
      if (!*state) {  // first call, headers only: an answer now would close the connection
        *state = listener;
        return MHD_YES;
      }
      return send(connection, answer_to(static_cast<const HttpListener*>(listener)->m_routes, path));
    } catch (const std::exception&) {
      return MHD_NO;  // closes the connection
    }
  }

  static MHD_Daemon* start(HttpListener* listener, const ListenAddress& address) {
    const bool is_any = address.host.empty();
    const auto listen_at = [&](const std::string& host) {
      const SocketAddress place = socket_address(host, address.port);
      const bool is_ipv6 = host.find(':') != std::string::npos;
      const unsigned family = !is_ipv6 ? 0 : is_any ? unsigned{MHD_USE_DUAL_STACK} : unsigned{MHD_USE_IPv6};
      return ::MHD_start_daemon(MHD_USE_EPOLL | family, 0, nullptr, nullptr, &RequestHandler::handle, listener,
                                MHD_OPTION_SOCK_ADDR, place.get(), MHD_OPTION_CONNECTION_LIMIT, k_connections,
                                MHD_OPTION_CONNECTION_TIMEOUT, k_idle_seconds, MHD_OPTION_END);
    };
    MHD_Daemon* const server = listen_at(is_any ? "::" : address.host);
    const bool has_no_ipv6 = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
    return !server && is_any && has_no_ipv6 ? listen_at("0.0.0.0") : server;
  }
};

HttpListener::HttpListener(const ListenAddress& address, std::vector<Route> routes)
    : m_routes(std::move(routes)), m_address(address), m_stop(::eventfd(0, EFD_CLOEXEC)),
      m_server(RequestHandler::start(this, address)) {
  if (!m_stop || !m_server)
    throw cannot_listen(address, errno);
  m_address.port = ::MHD_get_daemon_info(m_server.get(), MHD_DAEMON_INFO_BIND_PORT)->port;
  const SignalsBlocked blocked;  // a new thread inherits the mask
  m_thread = std::jthread{[this] { serve_until_stopped(); }};
}

HttpListener::~HttpListener() { ::eventfd_write(m_stop.get(), 1); }

void HttpListener::Stop::operator()(MHD_Daemon* server) const { ::MHD_stop_daemon(server); }

// Our own thread instead of the library's. MHD_stop_daemon() during a request that must be refused crashes
// libmicrohttpd before 1.0.1: MHD_queue_response() reports success but queues nothing, and the library then reads a
// null pointer.
void HttpListener::serve_until_stopped() {
  const auto connections = [this] {
    return ::MHD_get_daemon_info(m_server.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
  };
  const int epoll = ::MHD_get_daemon_info(m_server.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  std::array<pollfd, 2> fds{{{m_stop.get(), POLLIN, 0}, {epoll, POLLIN, 0}}};
  while (fds[0].revents == 0) {
    // a connection over the limit is accepted one MHD_run() after a slot becomes free
    for (unsigned before = connections() + 1; connections() < before;) {
      before = connections();
      ::MHD_run(m_server.get());
    }
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    const bool has_timeout = ::MHD_get_timeout(m_server.get(), &milliseconds) == MHD_YES;
    ::poll(fds.data(), fds.size(),
           has_timeout ? static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(milliseconds, 1000 * k_idle_seconds)) : -1);
  }
}

}  // namespace longshore::metrics
