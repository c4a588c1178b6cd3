// Where a server listens, as text and as the system wants it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace longshore {

struct ListenAddress {
  std::string host;  // a numeric address without brackets; "": all addresses, of IPv6 and IPv4
  std::uint16_t port = 0;

  // "127.0.0.1:9464", "[::1]:9464", ":9464"; nothing for what is none of these. Names are none: what they stand for may
  // change.
  static std::optional<ListenAddress> parse(std::string_view text);
  // As parse() takes it.
  std::string text() const;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// `host` is numeric, of either family.
SocketAddress socket_address(const std::string& host, std::uint16_t port);

}  // namespace longshore
