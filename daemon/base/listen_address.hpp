// The address a server listens on, as text and as a socket address, and the name of this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace longshore {

struct ListenAddress {
  std::string host;  // a numeric address without brackets; "": all addresses, IPv6 and IPv4
  std::uint16_t port = 0;

  // Parses "127.0.0.1:9464", "[::1]:9464" and ":9464". Returns nullopt for any other text. Host names are refused,
  // because their address can change.
  static std::optional<ListenAddress> parse(std::string_view text);
  // Returns the address in a form that parse() accepts.
  std::string text() const;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// `host` is numeric, IPv4 or IPv6.
SocketAddress socket_address(const std::string& host, std::uint16_t port);

// The name of this machine by gethostname(2), or "" if it has none.
std::string host_name();

}  // namespace longshore
