#include "notify/webhook.hpp"

#include "base/text.hpp"
#include "base/version.hpp"

#include <array>
#include <memory>
#include <string_view>

#include <curl/curl.h>

namespace longshore::notify {
namespace {

constexpr long k_connect_ms = 5000;
constexpr long k_whole_ms = 10'000;

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int ask_give_up(void* give_up, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const GiveUp*>(give_up))() ? 1 : 0;
}

// libcurl's words name the host, never the path.
std::string words_of(CURLcode code, std::string_view detail) {
  const std::string_view text = detail.empty() ? std::string_view{::curl_easy_strerror(code)} : detail;
  return printable(clip_utf8(text, 300));
}

bool is_worth_another_try(long status) { return status >= 500 || status == 408 || status == 429; }

}  // namespace

Attempt post(const std::string& url, const std::string& json, const GiveUp& give_up) {
  const Handle handle{::curl_easy_init(), ::curl_easy_cleanup};
  Headers headers{::curl_slist_append(nullptr, "Content-Type: application/json"), ::curl_slist_free_all};
  if (!handle || !headers)
    return {"out of memory", true};
  CURL* const curl = handle.get();
  std::array<char, CURL_ERROR_SIZE> detail{};
  const std::string agent = "longshore/" + std::string{k_version};
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.data());
  ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, k_connect_ms);
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, k_whole_ms);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // no SIGALRM in a process of many threads
  // else a host name that no server answers for is waited for past all limits; the thread that asks ends by itself
  ::curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_give_up);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &give_up);

  const CURLcode code = ::curl_easy_perform(curl);
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return {"there was no time left for it", false};
  if (code != CURLE_OK)
    return {words_of(code, detail.data()), true};
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300)
    return {};
  return {"it answered " + std::to_string(status), is_worth_another_try(status)};
}

}  // namespace longshore::notify
