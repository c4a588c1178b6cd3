#include "base/error.hpp"
#include "base/http_client.hpp"
#include "notify/delivery.hpp"

namespace longshore::notify {
namespace {

bool may_retry(long status) { return status >= 500 || status == 408 || status == 429; }

}  // namespace

Attempt post(const std::string& url, const std::string& json, const IsCancelled& is_cancelled) try {
  const HttpAnswer answer = http_request({.url = url, .method = "POST", .json = json, .is_cancelled = is_cancelled});
  if (answer.status >= 200 && answer.status < 300)
    return {};
  return {"HTTP status " + std::to_string(answer.status), may_retry(answer.status)};
} catch (const Error& error) {
  if (is_cancelled())
    return {k_cancelled, false};
  return {error.what(), true};
}

}  // namespace longshore::notify
