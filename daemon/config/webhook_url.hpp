// Checks and redacts the URL of a webhook. The URL is a secret: posting needs nothing else.
#pragma once

#include <string>

namespace longshore::config {

// Returns why the URL cannot be used, or "". The text never contains the URL.
std::string webhook_fault(const std::string& url);
// "https://hooks.example.org/***"
std::string redacted_webhook(const std::string& url);

}  // namespace longshore::config
