#include "generate/options.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace longshore::generate {

std::string_view kind_name(Kind kind) {
  return kind == Kind::objects_detection ? "objects_detection" : "vehicles_status";
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const Kind kind : {Kind::objects_detection, Kind::vehicles_status})
    if (name == kind_name(kind))
      return kind;
  return {};
}

std::uint64_t bytes_per_file(std::uint64_t total, const GenerateOptions& options) {
  return std::max<std::uint64_t>(1, total / (options.files * options.kinds.size()));
}

void validate(const GenerateOptions& options) {
  if (options.file_bytes == 0 && options.files > k_most_records / options.records)
    throw Error(Fault::fatal, "--files times --records is more than " + human_count(k_most_records) + " records")
        .with_hint("use several runs with different --start")
        .exits(Exit::usage);
  if (options.duplicates + options.late + options.rejects > 1)
    throw Error(Fault::fatal, "--duplicates, --late and --rejects add up to more than 1")
        .with_hint("use smaller shares")
        .exits(Exit::usage);
}

}  // namespace longshore::generate
