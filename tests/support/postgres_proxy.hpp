// A TCP proxy between longshore and a PostgreSQL server. It breaks connections at chosen moments: it recognizes a
// COMMIT and the data of a COPY on the way to the server. It does not support TLS.
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
    cut,          // breaks the connection; the server never gets the COMMIT
    lose_answer,  // breaks the connection after the server committed and before the client gets the answer
    hold,         // breaks the client's connection at once; the server gets the COMMIT later
  };

  // Listens on a free port of 127.0.0.1 and forwards to server_port.
  explicit PostgresProxy(int server_port);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;

  // Has short time-outs, so that a client soon detects a connection without answers.
  std::string conninfo(const std::string& database) const;

  // Faults. Any thread may set them; each call resets fired() to 0.
  // Applies to the next `times` COMMITs. `time` is the delay of `hold`.
  void at_commit(AtCommit order, unsigned times, std::chrono::milliseconds time = {});
  // Breaks the next `times` COPYs after this number of bytes.
  void cut_copy_after(std::uint64_t bytes, unsigned times);
  // While on, the proxy accepts connections and forwards nothing.
  void swallow(bool on);
  // Delays everything in both directions.
  void delay(std::chrono::milliseconds time);
  // Breaks every connection with a TCP reset.
  void reset_all();

  // How often the last fault happened. A COMMIT with a lost answer, or a held one, counts when the server has answered
  // COMMIT. reset_all() counts connections.
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
    std::string message;  // of the client, incomplete
    bool started = false;
    std::uint64_t copied = 0;  // bytes of the current COPY
    bool is_mute = false;      // waits for the answer to a COMMIT and does not forward it
    std::string answer;
    bool is_over = false;
  };

  void work();
  void step();
  void accept();
  void take_from_client(Connection& connection);
  void take_from_server(Connection& connection);
  void forward(Connection& connection, const std::string& message);
  void break_commit(Connection& connection, const std::string& message);
  void push(Flow& flow, std::string bytes, std::chrono::milliseconds later = {});
  void flush(Flow& flow, const Fd& to, Connection& connection);
  void wake();

  const int m_server_port;
  int m_port = 0;
  Fd m_listener;
  Fd m_wake;
  std::mutex m_mutex;  // guards all members below
  std::list<Connection> m_connections;
  AtCommit m_at_commit = AtCommit::pass;
  std::chrono::milliseconds m_hold{};
  std::uint64_t m_copy_bytes = 0;
  unsigned m_times = 0;  // remaining repetitions of the fault
  bool m_cuts_copy = false;
  bool m_swallows = false;
  std::chrono::milliseconds m_delay{};
  unsigned m_fired = 0;
  bool m_closed = false;
  std::thread m_thread;
};

}  // namespace longshore::test
