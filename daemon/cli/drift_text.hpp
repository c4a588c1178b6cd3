// The output of `longshore feeds drift`: columns for the members that no column reads.
#pragma once

#include "cli/output.hpp"
#include "feed/feed.hpp"
#include "store/drift.hpp"

#include <string>
#include <vector>

namespace longshore::cli {

// Without the members that the feed's declaration reads now.
std::vector<store::DriftRow> unread_by(const Feed& feed, std::vector<store::DriftRow> rows);

// Lines of TOML for `columns`. A type that no column can have is a comment.
std::string drift_text(const Feed& feed, const std::vector<store::DriftRow>& rows);
// As JSON objects, with the words of ingest_drift.
Listing drift_listing(const std::vector<store::DriftRow>& rows);

}  // namespace longshore::cli
