// Decodes any bytes as CSV: no crash, records = rows + rejects, and the same result for every way to cut the document
// into pieces.
#include "base/error.hpp"
#include "decode/decode.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace longshore;

namespace {

std::string declaration(const std::string& options, const char* const (&fields)[4]) {
  std::string text =
      "name = \"a\"\nfiles = \"a_*\"\nformat = \"csv\"\ntable = \"a\"\nkey = [\"id\"]\n" + options + "columns = [\n";
  static constexpr const char* k_columns[] = {
      R"("id", type = "text", max_length = 64)", R"("n", type = "double", required = false)",
      R"("t", type = "timestamp", required = false)", R"("j", type = "jsonb", required = false)"};
  for (int i = 0; i < 4; ++i)
    text += std::string{"{ name = "} + k_columns[i] + ", from = \"" + fields[i] + "\" },\n";
  return text + "]\n";
}

const Feed& feed_for(std::uint8_t choice) {
  static constexpr const char* k_names[] = {"/id", "/n", "/t", "/j"};
  static constexpr const char* k_numbers[] = {"/0", "/1", "/2", "/3"};
  static const std::vector<Feed> feeds = [] {
    std::vector<Feed> all;
    for (const char* options :
         {"", "delimiter = \";\"\nfinal_newline = false\n", "quote = \"'\"\n", "quote = \"\"\n"}) {
      all.push_back(parse_feed(declaration(options, k_names), "names"));
      all.push_back(parse_feed(declaration(std::string{options} + "header = false\n", k_numbers), "numbers"));
    }
    return all;
  }();
  return feeds[choice % feeds.size()];
}

// Everything that a document becomes, as text.
class Record : public decode::Sink {
 public:
  explicit Record(const Feed& feed) : m_window(feed) {}
  RowBatch& window() override { return m_window; }
  void row_added() override {
    ++rows;
    text += m_window.tuple(m_window.rows().back());
    m_window.clear();
  }
  void reject(Reject reject) override {
    text += reject.field + reject.text() + reject.raw + std::to_string(reject.record_no) + "," +
            std::to_string(reject.byte_offset) + "\n";
    if (reject.raw.find('\n') != std::string::npos)
      std::abort();
  }

  std::string text;
  std::uint64_t rows = 0;

 private:
  RowBatch m_window;
};

class Pieces : public decode::ByteSource {
 public:
  Pieces(std::string_view text, std::size_t piece) : m_text(text), m_rest(text), m_piece(piece) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min({out.size(), m_rest.size(), m_piece == 0 ? m_rest.size() % 13 + 1 : m_piece});
    m_rest.copy(out.data(), n);
    m_rest.remove_prefix(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override { return std::make_unique<Pieces>(m_text, m_piece); }

 private:
  std::string_view m_text;
  std::string_view m_rest;
  std::size_t m_piece;
};

std::string decoded_in(const Feed& feed, std::string_view document, std::size_t piece) {
  Pieces source{document, piece};
  decode::Limits limits;
  limits.record_bytes = 512;
  limits.stored_rejects = UINT64_MAX;
  Record record{feed};
  decode::Decoded decoded;
  try {
    decode::decode(feed, source, {"a_1.csv"}, limits, record, 0, decoded);
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      std::abort();
    record.text += error.what() + std::to_string(error.position() ? error.position()->offset : 0);
  }
  if (decoded.records != record.rows + decoded.rejects)
    std::abort();
  return record.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const Feed& feed = feed_for(data[0]);
  const std::string_view document{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string whole = decoded_in(feed, document, size);
  for (const std::size_t piece : {0, 1, 64})
    if (decoded_in(feed, document, piece) != whole)
      std::abort();
  return 0;
}
