// The options of `longshore generate`, and the checks of options that depend on each other.
#pragma once

#include "base/packer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::generate {

enum class Kind { objects_detection, vehicles_status };
// The name of the feed, "objects_detection". The names of its files begin with it.
std::string_view kind_name(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

enum class Layout { compact, pretty, ndjson };

struct GenerateOptions {
  std::string directory;
  std::vector<Kind> kinds;
  std::uint64_t files = 1;       // per kind
  std::uint64_t records = 1000;  // per file, if file_bytes is 0
  std::uint64_t file_bytes = 0;  // per document, before compression
  std::uint64_t vehicles = 1000;
  std::uint64_t days = 30;
  std::uint64_t seed = 1;
  double duplicates = 0.01;  // shares of the records, 0 to 1
  double late = 0.02;
  double rejects = 0.001;
  double broken = 0;  // share of the files, 0 to 1
  Layout layout = Layout::compact;
  Compression compression = Compression::none;
  std::int64_t start_ms = 0;  // since 1970
};

inline constexpr std::uint64_t k_most_records = 4'000'000'000;  // per kind, in all files: Random::below takes 32 bits

// The size of one file when all files together have `total` bytes.
std::uint64_t bytes_per_file(std::uint64_t total, const GenerateOptions& options);
// Throws Error{fatal, Exit::usage} if values contradict each other.
void validate(const GenerateOptions& options);

}  // namespace longshore::generate
