// A document into rows and rejects: RapidJSON's SAX parser driven by the feed. The input contract lives here.
#pragma once

#include "decode/source.hpp"
#include "feed/feed.hpp"
#include "feed/reject.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace longshore::decode {

struct Limits {
  unsigned depth = 64;  // nesting of the document; the root is 1
  std::size_t record_bytes = std::size_t{16}
                             << 20;     // a longer record is a reject, a longer string outside records a bad file
  std::size_t raw_bytes = 1024;         // of a reject's text that are kept
  std::uint64_t stored_rejects = 1000;  // of a file; more are only counted
};

// Where the rows go. Called in the order of the file, from the thread that called decode(); what it throws passes through.
class Sink {
 public:
  virtual ~Sink() = default;
  // The window that the next row is added to.
  virtual RowBatch& window() = 0;
  // After each row: the place to send a full window.
  virtual void row_added() = 0;
  virtual void reject(Reject reject) = 0;
};

struct Decoded {
  std::uint64_t records = 0;  // rows and rejects
  std::uint64_t rejects = 0;
  std::uint64_t bytes = 0;                 // of the document
  std::optional<std::int64_t> first_time;  // least and greatest value of the feed's time column in the rows
  std::optional<std::int64_t> last_time;

  std::uint64_t rows() const { return records - rejects; }
};

// Decodes documents of one feed, one after the other; what it sets up for the first serves the others. One thread at a time.
class Decoder {
 public:
  // The feed must outlive it.
  Decoder(const Feed& feed, const Limits& limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  // Reads the whole document. `file` is the RowBatch::Row::file of its rows; `decoded` counts as it goes, so that it tells how
  // far a broken document was read. Throws Error{bad_file} with a position where the document as a whole is broken, has no envelope,
  // has nothing but rejects, or more of them than the feed allows: rows that the sink has got by then must be undone by the
  // caller. Memory is bounded by the limits, not by the document.
  void decode(ByteSource& document, Sink& sink, std::uint32_t file, Decoded& decoded);

 private:
  struct Parts;
  std::unique_ptr<Parts> m_parts;
};

// A single document.
inline void decode(const Feed& feed, ByteSource& document, const Limits& limits, Sink& sink, std::uint32_t file,
                   Decoded& decoded) {
  Decoder{feed, limits}.decode(document, sink, file, decoded);
}

}  // namespace longshore::decode
