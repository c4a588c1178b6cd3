// Decodes a document into rows and rejects: the public face of this folder. docs/input.md is the contract.
#pragma once

#include "decode/source.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

struct Limits {
  // Nesting of the document; the root is 1.
  unsigned depth = 64;
  // A longer record is rejected; a longer string elsewhere fails the file.
  std::size_t record_bytes = std::size_t{16} << 20;
  // Bytes kept of a rejected record's text.
  std::size_t raw_bytes = 1024;
  // Rejected records of a file whose faults go to the sink; more are only counted.
  std::uint64_t stored_rejects = 1000;
};

// What is known of a file besides its bytes.
struct FileFacts {
  std::string_view name;                   // in the landing directory, not escaped
  std::int64_t claimed_at = k_any_future;  // on the scale of base/time.hpp: max_future is measured against it
  std::int64_t horizon = k_no_horizon;     // of the feed: records before it are rejects
};

// Receives the rows and rejects, in document order, in the thread that called decode(). Its exceptions pass through
// decode().
class Sink {
 public:
  virtual ~Sink() = default;
  // The window for the next row.
  virtual RowBatch& window() = 0;
  // Called after each row; may send a full window.
  virtual void row_added() = 0;
  // Called for each fault of a rejected record, the first one first.
  virtual void reject(Reject reject) = 0;
};

// A member of records that no column reads (decode/unread_members.hpp).
struct UnreadMember {
  std::string path;           // JSON Pointer into a record; "*" for each element of an array
  std::string_view type;      // of a column that reads all values; "null" if all are null
  std::uint64_t records = 0;  // rows with this member
};

struct Decoded {
  std::uint64_t records = 0;  // rows and rejects
  std::uint64_t rejects = 0;
  std::uint64_t ahead = 0;                 // of the rejects: a time is further in the future than max_future
  std::uint64_t expired = 0;               // of the rejects: records behind the horizon of the feed
  std::uint64_t last_row_at = 0;           // offset of the record that became the last row
  std::uint64_t bytes = 0;                 // of the document
  std::optional<std::int64_t> first_time;  // least and greatest value of the feed's time column in the rows
  std::optional<std::int64_t> last_time;
  bool ends_early = false;           // the last record lacks its end or its line break: it may still be written
  bool is_whole = false;             // read to the end, even if every record was rejected
  std::vector<UnreadMember> unread;  // set after the last record

  std::uint64_t rows() const { return records - rejects; }
};

// Decodes documents of one feed, one after the other, and reuses its buffers. For one thread at a time.
class Decoder {
 public:
  // The feed must outlive it.
  Decoder(const Feed& feed, const Limits& limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  // Decodes the whole document of a file. `file` is set as RowBatch::Row::file of its rows. `decoded` is updated during
  // the call, so after an exception it has the counts up to the fault. Throws Error{bad_file} with a position if the
  // document as a whole is malformed, its file's name gives a column no valid value, the document has no envelope, has
  // only rejects, or has more rejects than the feed allows, where records behind the horizon do not count; the caller must then undo the rows that the sink already
  // has. Memory is bounded by the limits, not by the document.
  void decode(ByteSource& document, const FileFacts& facts, Sink& sink, std::uint32_t file, Decoded& decoded);

 private:
  struct Parts;
  std::unique_ptr<Parts> m_parts;
};

// Decodes a single document.
inline void decode(const Feed& feed, ByteSource& document, const FileFacts& facts, const Limits& limits, Sink& sink,
                   std::uint32_t file, Decoded& decoded) {
  Decoder{feed, limits}.decode(document, facts, sink, file, decoded);
}

}  // namespace longshore::decode
