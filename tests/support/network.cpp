#include "support/network.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <unistd.h>

namespace longshore::test {
namespace {

bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

// For what must work after make() did.
void must_run(const std::string& command) { REQUIRE_MESSAGE(run(command), command); }

}  // namespace

std::optional<Network> Network::make() {
  const int number = static_cast<int>(::getpid());
  const std::string name = "ls" + std::to_string(number);
  const std::string there = name + "p";
  const std::string net = "10.213." + std::to_string(number % 256);
  const std::string in = "ip -n " + name + " ";
  if (!run("ip netns add " + name)) {
    MESSAGE("skipped: no network name spaces here");
    return {};
  }
  Network network{name, net};
  if (!run("ip link add " + name + " type veth peer name " + there + " netns " + name) ||
      !run("ip addr add " + net + ".1/30 dev " + name + " && ip link set " + name + " up") ||
      !run(in + "addr add " + net + ".2/30 dev " + there + " && " + in + "link set " + there + " up") ||
      !run("ip netns exec " + name + " iptables -L")) {
    MESSAGE("skipped: no virtual cables, or no iptables in a network name space here");
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
void Network::go_deaf() const { must_run("ip netns exec " + m_name + " iptables -I INPUT -j DROP"); }
void Network::hear_again() const { must_run("ip netns exec " + m_name + " iptables -D INPUT -j DROP"); }

bool Network::is_connected_to(int port) const {
  const std::string command = "ip netns exec " + m_name + " ss -Htn state established dport = :" + std::to_string(port);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer{::popen(command.c_str(), "r"), ::pclose};
  REQUIRE(answer);
  return std::fgetc(answer.get()) != EOF;
}

}  // namespace longshore::test
