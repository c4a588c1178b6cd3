#include "base/listen_address.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

namespace longshore {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, port);
  if (fault != std::errc{} || rest != end)
    return {};
  return port;
}

bool is_numeric(int family, const std::string& host) {
  in6_addr place{};
  return ::inet_pton(family, host.c_str(), &place) == 1;
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return {};
  const auto port = parse_port(text.substr(colon + 1));
  std::string host{text.substr(0, colon)};
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed)
    host = host.substr(1, host.size() - 2);
  if (!port || (!host.empty() && !is_numeric(is_bracketed ? AF_INET6 : AF_INET, host)))
    return {};
  return ListenAddress{host, *port};
}

std::string ListenAddress::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

SocketAddress socket_address(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  if (host.find(':') != std::string::npos) {
    sockaddr_in6 place{};
    place.sin6_family = AF_INET6;
    place.sin6_port = htons(port);
    ::inet_pton(AF_INET6, host.c_str(), &place.sin6_addr);
    std::memcpy(&address.storage, &place, address.size = sizeof place);
  } else {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &place.sin_addr);
    std::memcpy(&address.storage, &place, address.size = sizeof place);
  }
  return address;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace longshore
