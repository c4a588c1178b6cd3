// A TCP proxy between longshore and a PostgreSQL server that breaks connections at the moments that matter. It knows as much
// of the protocol as it needs to see a COMMIT and the data of a COPY on their way to the server; no TLS.
#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace longshore::test {

class PostgresProxy {
 public:
  enum class AtCommit {
    pass,
    cut,          // the connection breaks, and the COMMIT never arrives
    lose_answer,  // the server commits, and the connection breaks before anybody hears of it
    hold,         // the client loses its connection at once, and the COMMIT arrives when it thinks all is over
  };

  // Listens on a port of its own on 127.0.0.1 and passes everything on to that port.
  explicit PostgresProxy(int server_port);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;

  // With short waits, so that a black hole is noticed soon.
  std::string conninfo(const std::string& database) const;

  // Orders: any thread may give them. Each sets the count of fired() back to 0.
  // For the next `times` COMMITs; `time` is how long each is held.
  void at_commit(AtCommit order, unsigned times, std::chrono::milliseconds time = {});
  // The next `times` COPYs that bring so many bytes break after them.
  void cut_copy_after(std::uint64_t bytes, unsigned times);
  // While it swallows it takes connections, and nothing comes of them.
  void swallow(bool on);
  // Everything arrives so much later, in both directions.
  void delay(std::chrono::milliseconds time);
  // Breaks every connection with a TCP reset.
  void reset_all();

  // How often the last order has been carried out, to its end: a COMMIT whose answer is lost, or that was held, counts when
  // the server has answered it with COMMIT; reset_all() counts the connections.
  unsigned fired();

 private:
  using Clock = std::chrono::steady_clock;
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  struct Flow {
    std::deque<Piece> pieces;
    std::size_t size = 0;
  };
  struct Connection {
    Fd client;
    Fd server;
    Flow up;              // to the server
    Flow down;            // to the client
    std::string message;  // of the client, not yet whole
    bool started = false;
    std::uint64_t copied = 0;  // bytes of the COPY under way
    bool is_mute = false;      // waits for the answer to a COMMIT that the client is not to hear
    std::string answer;
    bool is_over = false;
  };

  void work();
  void step();
  void accept();
  void take_from_client(Connection& connection);
  void take_from_server(Connection& connection);
  void heed(Connection& connection, const std::string& message);
  void heed_commit(Connection& connection, const std::string& message);
  void push(Flow& flow, std::string bytes, std::chrono::milliseconds later = {});
  void flush(Flow& flow, const Fd& to, Connection& connection);
  void wake();

  const int m_server_port;
  int m_port = 0;
  Fd m_listener;
  Fd m_wake;
  std::mutex m_mutex;  // guards what follows
  std::list<Connection> m_connections;
  AtCommit m_at_commit = AtCommit::pass;
  std::chrono::milliseconds m_hold{};
  std::uint64_t m_copy_bytes = 0;
  unsigned m_times = 0;  // that the order is still to be carried out
  bool m_cuts_copy = false;
  bool m_swallows = false;
  std::chrono::milliseconds m_delay{};
  unsigned m_fired = 0;
  bool m_closed = false;
  std::thread m_thread;
};

}  // namespace longshore::test
