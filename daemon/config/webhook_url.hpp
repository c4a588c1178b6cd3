// Checks and redacts the URL of a webhook. The URL is a secret: it is enough to post.
#pragma once

#include <string>

namespace longshore::config {

// Why the URL cannot be used, or "". Does not repeat the URL.
std::string webhook_fault(const std::string& url);
// "https://hooks.example.org/***"
std::string redacted_webhook(const std::string& url);

}  // namespace longshore::config
