// The URL of a webhook. It is a secret: whoever knows it can post.
#pragma once

#include <string>

namespace longshore::config {

// Why this cannot be posted to; "": it can. Does not repeat the URL.
std::string webhook_fault(const std::string& url);
// "https://hooks.example.org/***"
std::string redacted_webhook(const std::string& url);

}  // namespace longshore::config
