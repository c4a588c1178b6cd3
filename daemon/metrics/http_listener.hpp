// Serves a table of routes by HTTP: GET and HEAD, at most 64 connections, one thread for all of them.
// Construction throws Error{fatal, Exit::config} if the address is not available; after that no fault reaches the
// daemon. The listener owns its thread and its copy of the routes; what the handlers use must outlive it.
#pragma once

#include "base/fd.hpp"
#include "base/listen_address.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

struct MHD_Daemon;

namespace longshore::metrics {

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
  std::string cache_control = "no-store";
};

struct Route {
  std::string path;                       // of the URL, without the query
  std::function<HttpResponse()> handler;  // runs on the listener's thread; an exception becomes a logged 500
};

class HttpListener {
 public:
  HttpListener(const ListenAddress& address, std::vector<Route> routes);
  // Sends the answers in progress, then closes all connections.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;

  // With the real port if the port asked for was 0.
  const ListenAddress& address() const { return m_address; }

 private:
  friend struct RequestHandler;
  struct Stop {
    void operator()(MHD_Daemon* server) const;
  };

  void serve_until_stopped();

  const std::vector<Route> m_routes;
  ListenAddress m_address;
  Fd m_stop;  // an eventfd
  std::unique_ptr<MHD_Daemon, Stop> m_server;
  std::jthread m_thread;
};

}  // namespace longshore::metrics
