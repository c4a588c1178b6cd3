// A network name space that is joined to this host by one cable, for a daemon whose way to its server can really be cut: no
// reset comes, packets just vanish.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace longshore::test {

class Network {
 public:
  // Nothing where this is not allowed, and the test says so.
  static std::optional<Network> make();
  ~Network();
  Network(Network&& other) noexcept;

  // Runs a program in it.
  std::vector<std::string> prefix() const { return {"ip", "netns", "exec", m_name}; }
  // Where this host is found from there, and the addresses of the cable as pg_hba.conf takes them.
  std::string host() const { return m_net + ".1"; }
  std::string addresses() const { return m_net + ".0/30"; }

  // The cable, for both directions.
  void unplug() const;
  void plug() const;
  // What comes from this host is thrown away there; what goes out arrives.
  void go_deaf() const;
  void hear_again() const;
  // Whether a TCP connection from there to this port of this host is open, as far as they know there.
  bool is_connected_to(int port) const;

 private:
  Network(std::string name, std::string net) : m_name(std::move(name)), m_net(std::move(net)) {}

  std::string m_name;  // of the name space, and of the cable's end here; empty: moved from
  std::string m_net;
};

}  // namespace longshore::test
