// Reads any bytes as a feed declaration: the result is a feed, or an Error with its place. An accepted feed must be
// usable: safe names in SQL, DDL for both engines, a decoder, some documents.
#include "base/error.hpp"
#include "base/text.hpp"
#include "decode/decode.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

void must(bool holds) {
  if (!holds)
    std::abort();
}

bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

class Counting : public decode::Sink {
 public:
  explicit Counting(const Feed& feed) : m_window(feed) {}
  RowBatch& window() override { return m_window; }
  void row_added() override { ++rows; }
  void reject(Reject reject) override { rejects += reject.raw.empty() ? 0 : 1; }  // the first fault of a record
  void sort() { m_window.sort(); }
  std::uint64_t rows = 0;
  std::uint64_t rejects = 0;

 private:
  RowBatch m_window;
};

class Text : public decode::ByteSource {
 public:
  explicit Text(std::string_view text) : m_text(text), m_rest(text) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = m_rest.copy(out.data(), out.size());
    m_rest.remove_prefix(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override { return std::make_unique<Text>(m_text); }

 private:
  std::string_view m_text;
  std::string_view m_rest;
};

void decode_some(const Feed& feed) {
  static constexpr std::string_view k_documents[] = {
      R"({"events":[{"id":1,"at":"2026-01-01T00:00:00Z","a":{"b":[1,{"c":"x"},null],"d":1.5},"tags":["x","y"]},{}]})",
      R"([{"id":"7","a":[[1],[2]],"":{"":[{"":true}]}},{"id":1e400},[],null,7])",
      "{\"id\":1,\"a\":{\"b\":\"c\"}}\n{\"id\":\n",
      "{}",
  };
  for (const std::string_view document : k_documents) {
    Text source{document};
    Counting sink{feed};
    decode::Decoded decoded;
    try {
      decode::decode(feed, source, {"fuzzed.json"}, decode::Limits{}, sink, 0, decoded);
    } catch (const Error& error) {
      must(error.fault() == Fault::bad_file);
    }
    must(decoded.records == sink.rows + sink.rejects);
    sink.sort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Feed feed = parse_feed({reinterpret_cast<const char*>(data), size}, "feed.toml");
    must(is_plain(feed.name));
    for (const store::TableShape& table : store::tables_of(feed)) {
      must(is_plain(table.name));
      for (const store::TableColumn& column : table.columns)
        must(is_plain(column.name));
      for (const auto engine : {store::Engine::sqlite, store::Engine::postgres})
        must(!store::create_table_sql(engine, table).empty());
    }
    decode_some(feed);
    const Registry registry{{feed}};
    for (const std::string_view name : {"objects_detection_1.json", "a", "[", ".gz"})
      registry.route(name);
  } catch (const Error& error) {
    const std::string_view text = error.what();
    must(error.exit() == Exit::config && error.fault() == Fault::fatal);
    must(text.starts_with("feed.toml:") && unescape(escape(text)) == text);
    must(text.find('\n') == text.npos && text.find('\x1b') == text.npos);
  }
  return 0;
}
