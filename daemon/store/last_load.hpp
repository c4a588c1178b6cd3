// When a file of a feed was loaded last, by any daemon, and whether the feed is late (feed/expect.hpp).
#pragma once

#include "feed/expect.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace longshore::store {

struct LastLoad {
  std::optional<std::int64_t> loaded_at;    // nothing: no file was loaded yet
  std::optional<std::int64_t> declared_at;  // of the declaration in force; nothing: no daemon has declared the feed

  // When the feed becomes late if no other file is loaded. A feed without a file counts from its declaration.
  std::optional<std::int64_t> due(const Expect& expect) const;
  bool is_late(const Expect& expect, std::int64_t now) const;
};

// Reads the newest loaded or partial row of the ledger. Throws what Session::exec() throws.
LastLoad last_load(Session& session, const std::string& feed);

// "no file was loaded since 2026-11-21T06:00:00Z, expected is one every 15m": for the log, a notice and `status`.
std::string late_text(const Expect& expect, const LastLoad& last);

}  // namespace longshore::store
