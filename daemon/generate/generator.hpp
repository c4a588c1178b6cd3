// Writes the files of one kind, and returns the counts that a correct loader must reach.
#pragma once

#include "generate/document.hpp"
#include "generate/options.hpp"
#include "generate/records.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace longshore::generate {

// Records of broken files are not counted: such a file fails as a whole.
struct Counts {
  std::uint64_t files = 0;
  std::uint64_t broken = 0;
  std::uint64_t bytes = 0;  // of the documents, before compression
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejects = 0;
  std::uint64_t detections = 0;  // in the rows
  std::uint64_t vehicles = 0;    // vehicles with a row, which is the number of rows in the latest table
};

class Generator {
 public:
  // Calls `progress` with the bytes of each finished file.
  Generator(const GenerateOptions& options, Kind kind, std::function<void(std::uint64_t)> progress);

  // Throws system_error, or Error with Exit::cannot_create if a file of the same name exists.
  Counts run();

 private:
  struct File {
    std::uint64_t first;  // number of its first record
    bool is_whole;
  };

  Break how_to_break(std::uint64_t file) const;
  void write_file(Break how);
  bool is_full(const GeneratedDocument& document, std::uint64_t records, std::uint64_t share) const;
  void add_record(GeneratedDocument& document, bool is_first, Counts& counts);
  std::optional<std::uint64_t> earlier_row() const;
  bool is_in_whole_file(std::uint64_t record) const;

  const GenerateOptions& m_options;
  Kind m_kind;
  std::function<void(std::uint64_t)> m_progress;
  Records m_records;
  Counts m_counts;
  std::vector<File> m_files;
  std::vector<bool> m_vehicles;
  std::uint64_t m_next = 0;  // record
  std::string m_text;
};

}  // namespace longshore::generate
