// Writes one generated document: the envelope, its records in the layout, and, if requested, a fault that makes it
// invalid.
#pragma once

#include "generate/new_file.hpp"
#include "generate/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::generate {

// What is wrong in a broken file. The fault is at the record in its middle.
enum class Break { none, cut_short, syntax };

class GeneratedDocument {
 public:
  GeneratedDocument(NewFile& file, Kind kind, Layout layout) : m_file(file), m_kind(kind), m_layout(layout) {}

  // `record` is compact JSON.
  void add(std::string_view record);
  // Adds a record with the fault that makes the file fail. After cut_short, nothing more may be added.
  void add_broken(std::string record, Break how);
  void finish();

  std::uint64_t bytes() const { return m_bytes + m_buffer.size(); }

 private:
  void begin_record();
  void flush_when_full();

  NewFile& m_file;
  Kind m_kind;
  Layout m_layout;
  std::string m_buffer;
  std::uint64_t m_bytes = 0;  // written to the file
  bool m_empty = true;
  bool m_cut = false;
};

}  // namespace longshore::generate
