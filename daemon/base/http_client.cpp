#include "base/http_client.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <curl/curl.h>

namespace longshore {
namespace {

constexpr std::chrono::milliseconds k_connect_timeout{5000};
constexpr std::size_t k_longest_body = std::size_t{16} << 20;

std::size_t append(char* data, std::size_t size, std::size_t count, void* text) {
  auto& all = *static_cast<std::string*>(text);
  all.append(data, std::min(size * count, k_longest_body - std::min(k_longest_body, all.size())));
  return size * count;
}

int check_cancelled(void* is_cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(is_cancelled))() ? 1 : 0;
}

}  // namespace

HttpAnswer http_request(const HttpRequest& request) {
  static const CURLcode initialized = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle{::curl_easy_init(), ::curl_easy_cleanup};
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers{
      ::curl_slist_append(nullptr, "Content-Type: application/json"), ::curl_slist_free_all};
  if (initialized != CURLE_OK || !handle || !headers)
    throw Error(Fault::unavailable, "out of memory").exits(Exit::unavailable);

  CURL* const curl = handle.get();
  HttpAnswer answer;
  std::array<char, CURL_ERROR_SIZE> detail{};
  const std::string agent = "longshore/" + std::string{k_version};
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  ::curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, request.protocols.c_str());
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!request.no_proxy.empty())
    ::curl_easy_setopt(curl, CURLOPT_NOPROXY, request.no_proxy.c_str());
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  ::curl_easy_setopt(curl, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);  // else it waits for the body
  if (!request.json.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.json.data());
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.json.size()));
  }
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.head);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(k_connect_timeout.count()));
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // no SIGALRM in a process with threads
  // without this, cleanup waits for a name server that does not answer, longer than all time limits
  ::curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  if (request.is_cancelled) {
    ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancelled);
    ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &request.is_cancelled);
  }

  if (const CURLcode code = ::curl_easy_perform(curl); code != CURLE_OK) {
    const std::string_view text = detail[0] ? detail.data() : ::curl_easy_strerror(code);
    throw Error(Fault::unavailable, printable(clip_utf8(text, 300))).exits(Exit::unavailable);
  }
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

HttpAnswer http_request_local(const ListenAddress& address, const std::string& path, std::chrono::milliseconds timeout,
                              const std::string& method) {
  const bool is_any = address.host.empty() || address.host == "0.0.0.0";
  const ListenAddress target{is_any ? "127.0.0.1" : address.host, address.port};
  return http_request({.url = "http://" + target.text() + path,
                       .method = method,
                       .protocols = "http",
                       .no_proxy = "*",
                       .timeout = timeout});
}

}  // namespace longshore
