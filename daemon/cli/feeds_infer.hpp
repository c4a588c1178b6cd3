// longshore feeds infer: proposes the declaration of a feed from files.
#pragma once

#include "cli/command.hpp"

namespace longshore::cli {

// `infer FILE...`; --all reads the files whole.
Exit infer_feed(const Arguments& arguments);

}  // namespace longshore::cli
