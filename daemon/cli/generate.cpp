// longshore generate: writes sample data of any size. The same options give the same data on every machine.
#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/suggestion.hpp"
#include "generate/generator.hpp"
#include "generate/progress.hpp"

#include <array>
#include <charconv>
namespace longshore::cli {
namespace {

double share_of(const Arguments& arguments, std::string_view flag, double fallback) {
  const auto text = arguments.value(flag);
  if (!text)
    return fallback;
  double share = 0;
  const auto [rest, fault] = std::from_chars(text->data(), text->data() + text->size(), share);
  if (fault != std::errc{} || rest != text->data() + text->size() || !(share >= 0 && share <= 1))
    throw usage_error("--" + std::string{flag} + ": \"" + escape_clipped(*text, 100) + "\" is not a share from 0 to 1",
                      "for example --" + std::string{flag} + " 0.01");
  return share;
}

std::vector<generate::Kind> kinds_of(const Arguments& arguments) {
  static constexpr std::array<std::string_view, 3> k_words = {"objects_detection", "vehicles_status", "all"};
  const std::string feed = arguments.value_or("feed", "all");
  if (feed == "all")
    return {generate::Kind::objects_detection, generate::Kind::vehicles_status};
  if (const auto kind = generate::kind_named(feed))
    return {*kind};
  throw usage_error("--feed: \"" + escape_clipped(feed, 100) + "\" cannot be generated",
                    config::did_you_mean(feed, k_words, "objects_detection, vehicles_status or all"));
}

std::int64_t start_of(const Arguments& arguments) {
  const std::string text = arguments.value_or("start", "2022-06-01T00:00:00Z");
  const ParsedTime time = parse_time(text);
  const std::int64_t ms = time.micros ? (*time.micros - micros_of(0, 0)) / 1000 : -1;
  if (ms < 0)
    throw usage_error("--start: \"" + escape_clipped(text, 100) + "\" is not a time in 1970 or later",
                      "for example --start 2022-06-01T00:00:00Z");
  return ms;
}

// Returns 0 without --size: the number of records decides the size of a file.
std::uint64_t file_bytes_of(const Arguments& arguments, const generate::GenerateOptions& options) {
  const auto text = arguments.value("size");
  if (!text)
    return 0;
  const auto size = parse_size(*text);
  if (!size || *size == 0)
    throw usage_error("--size: \"" + escape_clipped(*text, 100) + "\" is not a size", "for example --size 1GB");
  return generate::bytes_per_file(*size, options);
}

void refuse_both(const Arguments& arguments, const std::string& a, const std::string& b) {
  if (arguments.has(a) && arguments.has(b))
    throw usage_error("--" + a + " and --" + b + " cannot be combined", "give one of them");
}

generate::GenerateOptions options_of(const Arguments& arguments) {
  refuse_both(arguments, "pretty", "ndjson");
  refuse_both(arguments, "gzip", "zstd");
  refuse_both(arguments, "size", "records");
  generate::GenerateOptions options;
  options.directory = arguments.positional().front();
  options.kinds = kinds_of(arguments);
  options.files = arguments.count("files", options.files, 1, 10'000'000);
  options.records = arguments.count("records", options.records, 1, generate::k_most_records);
  options.file_bytes = file_bytes_of(arguments, options);
  options.vehicles = arguments.count("vehicles", options.vehicles, 1, 100'000'000);
  options.days = arguments.count("days", options.days, 1, 36'500);
  options.seed = arguments.count("seed", options.seed, 0, ~std::uint64_t{0});
  options.duplicates = share_of(arguments, "duplicates", options.duplicates);
  options.late = share_of(arguments, "late", options.late);
  options.rejects = share_of(arguments, "rejects", options.rejects);
  options.broken = share_of(arguments, "broken", options.broken);
  options.start_ms = start_of(arguments);
  if (arguments.has("pretty"))
    options.layout = generate::Layout::pretty;
  if (arguments.has("ndjson"))
    options.layout = generate::Layout::ndjson;
  if (arguments.has("gzip"))
    options.compression = Compression::gzip;
  if (arguments.has("zstd"))
    options.compression = Compression::zstd;
  generate::validate(options);
  return options;
}

Exit generate(const Arguments& arguments) {
  const generate::GenerateOptions options = options_of(arguments);
  make_directories(options.directory);
  Listing listing{{{"feed"},
                   {"files", Style::count},
                   {"broken", Style::count},
                   {"bytes", Style::count},
                   {"records", Style::count},
                   {"rows", Style::count},
                   {"duplicates", Style::count},
                   {"rejects", Style::count},
                   {"detections", Style::count},
                   {"vehicles", Style::count}},
                  output_format(arguments.has("json"))};
  generate::Progress progress;
  for (const generate::Kind kind : options.kinds) {
    const generate::Counts c =
        generate::Generator{options, kind, [&](std::uint64_t bytes) { progress.add(bytes); }}.run();
    listing.add({std::string{generate::kind_name(kind)}, as_value(c.files), as_value(c.broken), as_value(c.bytes),
                 as_value(c.records), as_value(c.rows), as_value(c.duplicates), as_value(c.rejects),
                 as_value(c.detections), as_value(c.vehicles)});
  }
  cli::print(listing.text());
  return Exit::ok;
}

}  // namespace

const Command& generate_command() {
  static const Command command{
      .name = "generate",
      .arguments = "OUT_DIR",
      .least_arguments = 1,
      .most_arguments = 1,
      .summary = "write sample data of any size",
      .about =
          "Writes files for the built-in feeds. The same options give the same files on every machine. Each file gets its\n"
          "name when it is complete, so OUT_DIR may be a landing directory. At the end it prints, for each feed, the counts\n"
          "that a correct loader must reach: records = rows + duplicates + rejects, the detections in the rows, and the\n"
          "vehicles with at least one row (the rows of vehicle_status). Broken files are not part of these counts.",
      .flags = {{"feed", "NAME", "objects_detection, vehicles_status or all [all]"},
                {"files", "N", "number of files per feed [1]"},
                {"records", "N", "records per file [1000]"},
                {"size", "SIZE", "size of all files together, before compression; instead of --records"},
                {"vehicles", "N", "number of vehicles [1000]"},
                {"days", "N", "number of days over which the records are spread [30]"},
                {"start", "TIME", "start of the first day [2022-06-01T00:00:00Z]"},
                {"seed", "N", "a different seed gives different data [1]"},
                {"duplicates", "SHARE", "share of records that repeat an earlier record, in any file [0.01]"},
                {"late", "SHARE", "share of records older than an earlier record of the same vehicle [0.02]"},
                {"rejects", "SHARE", "share of records that must be rejected, for various reasons [0.001]"},
                {"broken", "SHARE", "share of files that are cut short or are not JSON [0]"},
                {"pretty", "", "write indented JSON"},
                {"ndjson", "", "write one record per line, without an envelope"},
                {"gzip", "", "compress the files: .json.gz"},
                {"zstd", "", "compress the files: .json.zst"},
                {"json", "", "print the counts as one JSON object per feed"}},
      .settings = {},
      .example = "longshore generate ./landing --files 20 --records 5000\n"
                 "longshore generate /tmp/big --feed objects_detection --size 10GB --duplicates 0 --rejects 0",
      .exits = "0   written\n"
               "64  wrong option\n"
               "73  a file of the same name exists\n"
               "74  the directory cannot be written\n"
               "77  no permission to write to the directory",
      .run = generate,
  };
  return command;
}

}  // namespace longshore::cli
