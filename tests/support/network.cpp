#include "support/network.hpp"

#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <unistd.h>

namespace longshore::test {
namespace {

bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

// For commands that work wherever make() works.
void must_run(const std::string& command) { REQUIRE_MESSAGE(run(command), command); }

}  // namespace

std::optional<Network> Network::make() {
  const int number = static_cast<int>(::getpid());
  const std::string name = "ls" + std::to_string(number);
  const std::string there = name + "p";
  const std::string net = "10.213." + std::to_string(number % 256);
  const std::string in = "ip -n " + name + " ";
  if (!run("ip netns add " + name)) {
    skip_case("network namespaces are not allowed");
    return {};
  }
  Network network{name, net};
  if (!run("ip link add " + name + " type veth peer name " + there + " netns " + name) ||
      !run("ip addr add " + net + ".1/30 dev " + name + " && ip link set " + name + " up") ||
      !run(in + "addr add " + net + ".2/30 dev " + there + " && " + in + "link set " + there + " up")) {
    skip_case("virtual network links are not allowed");
    return {};
  }
  return network;
}

Network::Network(Network&& other) noexcept : m_name(std::exchange(other.m_name, {})), m_net(std::move(other.m_net)) {}

Network::~Network() {
  if (m_name.empty())
    return;
  run("ip link del " + m_name);
  run("ip netns del " + m_name);
}

void Network::unplug() const { must_run("ip link set " + m_name + " down"); }
void Network::plug() const { must_run("ip link set " + m_name + " up"); }
// The host sends to a hardware address that does not exist.
void Network::drop_replies() const {
  must_run("ip neigh replace " + m_net + ".2 lladdr 02:00:00:00:00:01 nud permanent dev " + m_name);
}
void Network::deliver_replies() const { must_run("ip neigh del " + m_net + ".2 dev " + m_name); }

bool Network::is_connected_to(int port) const {
  const std::string command = "ip netns exec " + m_name + " ss -Htn state established dport = :" + std::to_string(port);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer{::popen(command.c_str(), "r"), ::pclose};
  REQUIRE(answer);
  return std::fgetc(answer.get()) != EOF;
}

}  // namespace longshore::test
