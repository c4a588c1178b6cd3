// All effective settings of a longshore process as plain values. Only this folder and cli/ read argv, the environment
// and settings files; all other code receives a Config.
#pragma once

#include "feed/feed.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace longshore::config {

struct Config {
  // Absolute paths. load() derives the empty ones from landing: processed/ and failed/ beside it, .work inside.
  std::string landing = "/var/lib/longshore/landing";
  std::string processed;
  std::string failed;
  std::string work;
  std::string database = "sqlite:/var/lib/longshore/longshore.db";  // as store::Target::parse() takes it
  std::string schema = "off";                                       // PostgreSQL: "off", or where the tables are
  std::string feeds = k_feeds_directory;                            // directory of additional declarations
  std::string tasks = "/etc/longshore/tasks.d";                     // directory of declarations of tasks
  std::string enable_tasks;                                         // names of shipped tasks, separated by commas
  std::string task_database;                                        // default set by load(): `database`
  std::string disable_feeds;                                        // names of feeds, separated by commas
  std::string ignore;                                               // globs, separated by commas
  bool recursive = false;                                           // directories in landing are read
  std::string instance;                                             // default set by load(): the host's name
  std::string migrate = "auto";                                     // auto | check
  std::string log_level = "info";                                   // as log::start() takes it
  unsigned loaders = 1;  // default set by load(): CPU cores, at least 2; always 1 with SQLite

  std::chrono::milliseconds settle{2000};
  std::chrono::milliseconds close_delay{500};
  std::chrono::milliseconds grace{30'000};
  std::chrono::milliseconds open_grace{600'000};
  std::chrono::milliseconds rescan{60'000};

  std::size_t batch_files = 512;                        // maximum number of small files in one transaction
  std::uint64_t large_file = std::uint64_t{4} << 20;    // a file of this size or more is loaded alone, as a stream
  std::uint64_t window_bytes = std::uint64_t{8} << 20;  // memory of each loader for rows that are not sent yet
  unsigned max_depth = 64;                              // nesting of a document
  std::uint64_t max_record_bytes = std::uint64_t{16} << 20;
  std::uint64_t max_document_bytes = std::uint64_t{64} << 30;  // after decompression
  std::uint64_t stored_rejects = 1000;                         // of one file; more are only counted

  std::chrono::milliseconds retry_first{500};
  std::chrono::milliseconds retry_last{60'000};
  unsigned refusals = 5;  // how often a healthy database may refuse one file before the file fails
  std::chrono::milliseconds stop_timeout{20'000};

  // Housekeeping, see daemon/housekeeping. 0: off.
  std::chrono::milliseconds keep_processed{0};
  std::chrono::milliseconds keep_failed{0};
  std::chrono::milliseconds compress_processed{0};
  std::chrono::milliseconds keep_ledger{0};
  std::chrono::milliseconds keep_task_runs{std::chrono::hours{90 * 24}};
  std::chrono::milliseconds make_partitions{0};

  std::string notify_command = "off";  // a program's path
  std::string notify_webhook = "off";  // an http or https URL, which may be a secret
  std::string notify_rejects = "1%";   // as parse_limit() takes it
  std::chrono::milliseconds notify_interval{60'000};
  std::string report = "off";  // off | daily | run

  // "off", or where metrics are published: an address as ListenAddress::parse() takes it, and the absolute path of a
  // file.
  std::string metrics_listen = "off";
  std::string metrics_textfile = "off";

  // For one run only: flags, not settings of a file.
  bool once = false;
  bool strict = false;
  std::chrono::milliseconds wait{0};  // with once: how long the database may be unavailable, and the clock wrong
};

}  // namespace longshore::config
