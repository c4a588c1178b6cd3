// A network namespace with one virtual link to this host. A daemon that runs in it can lose its server as in a real
// network: packets vanish, and neither side gets a reset.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace longshore::test {

class Network {
 public:
  // Empty if this machine does not allow it; then the test case counts as skipped.
  static std::optional<Network> make();
  ~Network();
  Network(Network&& other) noexcept;

  // Words before a command that runs it in the namespace.
  std::vector<std::string> prefix() const { return {"ip", "netns", "exec", m_name}; }
  // The address of this host on the link, and the network of the link for pg_hba.conf.
  std::string host() const { return m_net + ".1"; }
  std::string addresses() const { return m_net + ".0/30"; }

  // Cuts and restores the link in both directions.
  void unplug() const;
  void plug() const;
  // Drops what this host sends to the namespace; the other direction works.
  void drop_replies() const;
  void deliver_replies() const;
  // Whether the namespace has an established TCP connection to this port of this host.
  bool is_connected_to(int port) const;

 private:
  Network(std::string name, std::string net) : m_name(std::move(name)), m_net(std::move(net)) {}

  std::string m_name;  // of the namespace and of the link's end here; empty: moved from
  std::string m_net;
};

}  // namespace longshore::test
