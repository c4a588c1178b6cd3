#include "cli/feeds_infer.hpp"

#include "admin/infer/infer.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace longshore::cli {
Exit infer_feed(const Arguments& arguments) {
  const std::vector<std::string> paths{arguments.positional().begin() + 1, arguments.positional().end()};
  if (paths.empty())
    throw usage_error("feeds infer needs files", "longshore feeds infer FILE...");
  for (const std::string& path : paths)
    need_regular_file(path, "longshore feeds infer DIR/*");
  admin::ReadLimit limit;
  if (arguments.has("all"))
    limit.bytes = std::numeric_limits<std::uint64_t>::max();
  print(admin::infer_feed(paths, limit));
  return Exit::ok;
}

}  // namespace longshore::cli
