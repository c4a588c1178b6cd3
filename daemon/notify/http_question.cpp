#include "notify/http_question.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <sys/time.h>

namespace longshore::notify {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t k_longest_answer = std::size_t{16} << 20;

Error no_answer(const ListenAddress& address, const std::string& why) {
  return Error(Fault::unavailable, "nobody answers at " + address.text() + ": " + why).exits(Exit::unavailable);
}

Error no_answer(const ListenAddress& address, int code) {
  return no_answer(address, std::generic_category().message(code));
}

Fd connected(const ListenAddress& address) {
  const bool is_open = address.host.empty() || address.host == "0.0.0.0";
  const SocketAddress place = socket_address(is_open ? "127.0.0.1" : address.host, address.port);
  Fd fd{::socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const timeval five_seconds{5, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &five_seconds, sizeof five_seconds);
  if (!fd || ::connect(fd.get(), place.get(), place.size) != 0)
    throw no_answer(address, errno);
  return fd;
}

// Until the other side closes.
std::string everything_from(const Fd& fd, const ListenAddress& address, Clock::time_point until) {
  std::string text;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd ready{fd.get(), POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0)
      throw no_answer(address, ETIMEDOUT);
    std::array<char, 16384> part{};
    const ssize_t n = ::recv(fd.get(), part.data(), part.size(), 0);
    if (n == 0)
      return text;
    if (n < 0 && errno != EINTR)
      throw no_answer(address, errno);
    text.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (text.size() > k_longest_answer)
      throw no_answer(address, "what comes has no end");
  }
}

}  // namespace

HttpAnswer http_question(const ListenAddress& address, const std::string& path, std::chrono::milliseconds patience,
                         const std::string& method) {
  const auto until = Clock::now() + patience;
  const Fd fd = connected(address);
  const std::string question = method + " " + path + " HTTP/1.0\r\nHost: " + address.text() + "\r\n\r\n";
  if (::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size()))
    throw no_answer(address, errno);
  const std::string text = everything_from(fd, address, until);

  HttpAnswer answer;
  const std::string_view line{text};  // "HTTP/1.0 200 OK"
  const std::size_t end = text.find("\r\n\r\n");
  if (!line.starts_with("HTTP/1.") || end == std::string::npos)
    throw no_answer(address, "what came is no HTTP");
  std::from_chars(text.data() + 9, text.data() + end, answer.status);
  answer.head = text.substr(0, end);
  answer.body = text.substr(end + 4);
  return answer;
}

}  // namespace longshore::notify
