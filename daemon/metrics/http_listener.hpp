// A few pages of text by HTTP, for whoever watches: GET and HEAD, one thread for all connections.
#pragma once

#include "base/fd.hpp"
#include "base/listen_address.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

struct MHD_Daemon;

namespace longshore::metrics {

struct HttpPage {
  unsigned status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
};

class HttpListener {
 public:
  // By path. They are made on the listener's thread; what one throws becomes a 500.
  using Pages = std::map<std::string, std::function<HttpPage()>, std::less<>>;

  // Answers when it returns. Throws Error{fatal, Exit::config} when it cannot have the address.
  HttpListener(const ListenAddress& address, Pages pages);
  // Ends the thread, after the answers that it is at; connections are closed.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;

  // With the port that port 0 has become.
  const ListenAddress& address() const { return m_address; }

 private:
  friend struct Answering;
  struct Stop {
    void operator()(MHD_Daemon* server) const;
  };

  void answer_until_ended();

  const Pages m_pages;
  ListenAddress m_address;
  Fd m_socket;
  Fd m_end;  // an eventfd
  std::unique_ptr<MHD_Daemon, Stop> m_server;
  std::jthread m_thread;
};

}  // namespace longshore::metrics
