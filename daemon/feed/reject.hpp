// A record that cannot be a row: a value, not an exception. It is kept in ingest_rejects, the file goes on.
#pragma once

#include <cstdint>
#include <string>

namespace longshore {

struct Reject {
  std::uint64_t record_no = 0;    // from 1, in the order of the file
  std::uint64_t byte_offset = 0;  // where the record begins, in the document after decompression
  std::string field;              // the column it failed at, or a pointer; "" when the record as a whole is at fault
  std::string reason;             // with line and column
  std::string raw;                // what stood in the file, clipped
};

}  // namespace longshore
