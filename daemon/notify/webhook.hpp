// Notices to an HTTP server. The URL, a secret, is in no message.
#pragma once

#include "notify/attempt.hpp"

#include <string>

namespace longshore::notify {

// POSTs the JSON. Certificates are verified, redirections are not followed, proxies are those of the environment. A status of 2xx
// is success; 5xx, 408, 429 and a connection that fails may be tried again. At most 10 s.
Attempt post(const std::string& url, const std::string& json, const GiveUp& give_up);

}  // namespace longshore::notify
