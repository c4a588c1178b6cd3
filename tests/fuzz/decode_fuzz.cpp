// Decodes any bytes as a document, with streams of values and values around the records: no crash, no hang, and records = rows + rejects.
#include "base/error.hpp"
#include "decode/decode.hpp"
#include "embedded.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

const Feed& feed_for(std::uint8_t choice) {
  static const Feed events = parse_feed(embedded_feeds()[0].text, "events");
  static const Feed statuses = parse_feed(embedded_feeds()[1].text, "statuses");
  static const Feed shapes = parse_feed(R"(
name = "shapes"
files = "shapes_*"
records = ["/list", ""]
table = "shapes"
key = ["id"]
columns = [
  { name = "id",    from = "/id",             type = "bigint" },
  { name = "real",  from = "/gps/lat",        type = "double", required = false },
  { name = "tags",  from = "/tags/*",         type = "text[]", required = false },
  { name = "sizes", from = "/boxes/*/size/w", type = "bigint[]", required = false },
  { name = "names", from = "/boxes/*/name",   type = "text[]", required = false },
  { name = "doc",   from = "/doc",            type = "jsonb", required = false },
  { name = "rest",  from = "*",               type = "jsonb", required = false },
])",
                                        "shapes");
  static const Feed parents = parse_feed(R"(
name = "parents"
files = "parents_*"
records = ["/list", "/groups/*/list", ""]
table = "parents"
key = ["id"]
columns = [
  { name = "id",    from = "/id",               type = "bigint" },
  { name = "group", from = "2/name",            type = "text", required = false },
  { name = "owner", from = ["4/owner/id", "2/owner"], type = "bigint", required = false },
])",
                                         "parents");
  const Feed* const feeds[] = {&events, &statuses, &shapes, &parents};
  return *feeds[choice % 4];
}

class Counting : public decode::Sink {
 public:
  explicit Counting(const Feed& feed) : m_window(feed) {}
  RowBatch& window() override { return m_window; }
  void row_added() override {
    ++rows;
    m_window.sort();
    m_window.clear();
  }
  void reject(Reject reject) override {
    rejects += reject.raw.empty() ? 0 : 1;  // the first fault of a record
    if (reject.kind.text.empty() || reject.raw.find('\n') != std::string::npos)
      std::abort();
  }
  std::uint64_t rows = 0;
  std::uint64_t rejects = 0;

 private:
  RowBatch m_window;
};

// Returns small pieces of uneven size, to test all buffer boundaries.
class Uneven : public decode::ByteSource {
 public:
  explicit Uneven(std::string_view text) : m_text(text), m_rest(text) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min({out.size(), m_rest.size(), m_rest.size() % 13 + 1});
    m_rest.copy(out.data(), n);
    m_rest.remove_prefix(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override { return std::make_unique<Uneven>(m_text); }

 private:
  std::string_view m_text;
  std::string_view m_rest;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const Feed& feed = feed_for(data[0]);
  Uneven source{{reinterpret_cast<const char*>(data) + 1, size - 1}};
  decode::Limits limits;
  limits.record_bytes = 4096;
  limits.stored_rejects = UINT64_MAX;
  Counting sink{feed};
  decode::Decoded decoded;
  try {
    decode::decode(feed, source, {"fuzzed.json"}, limits, sink, 0, decoded);
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      std::abort();
  }
  if (decoded.records != sink.rows + sink.rejects)
    std::abort();
  return 0;
}
