#include "config/webhook_url.hpp"

#include <memory>

#include <curl/curl.h>

namespace longshore::config {
namespace {

using Url = std::unique_ptr<CURLU, void (*)(CURLU*)>;

Url parsed(const std::string& url, CURLUcode& fault) {
  Url handle{::curl_url(), ::curl_url_cleanup};
  fault = ::curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0);
  return handle;
}

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  std::string value;
  if (::curl_url_get(url.get(), part, &text, 0) == CURLUE_OK)
    value = text;
  ::curl_free(text);
  return value;
}

}  // namespace

std::string webhook_fault(const std::string& url) {
  CURLUcode fault{};
  const Url handle = parsed(url, fault);
  if (fault != CURLUE_OK)
    return ::curl_url_strerror(fault);
  const std::string scheme = part_of(handle, CURLUPART_SCHEME);
  return scheme == "https" || scheme == "http" ? "" : "the scheme is neither https nor http";
}

std::string redacted_webhook(const std::string& url) {
  CURLUcode fault{};
  const Url handle = parsed(url, fault);
  const std::string port = part_of(handle, CURLUPART_PORT);
  return part_of(handle, CURLUPART_SCHEME) + "://" + part_of(handle, CURLUPART_HOST) +
         (port.empty() ? "" : ":" + port) + "/***";
}

}  // namespace longshore::config
