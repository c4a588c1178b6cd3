#include "decode/decoding.hpp"

#include "embedded.hpp"

#include <algorithm>

namespace longshore::test {
namespace {

class Pieces : public decode::ByteSource {
 public:
  Pieces(std::string_view text, std::size_t piece)
      : m_text(text), m_rest(text), m_piece(piece == 0 ? text.size() + 1 : piece) {}
  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min({out.size(), m_piece, m_rest.size()});
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

class Collect : public decode::Sink {
 public:
  Collect(const Feed& feed, Decoding& out) : m_window(feed), m_out(out) {}
  RowBatch& window() override { return m_window; }
  void row_added() override {
    std::vector<RowBatch::Cell> cells;
    m_window.cells(m_window.rows().back(), cells);
    std::string text;
    for (std::size_t i = 0; i < m_window.feed().columns.size(); ++i) {
      text += i > 0 ? "|" : "";
      if (cells[i].null)
        text += "\\N";
      else
        append_cell_text(text, m_window.feed().columns[i].type, cells[i].bytes);
    }
    m_out.rows.push_back(text);
    m_out.hashes.push_back(get_int<std::int64_t>(cells.back().bytes.data()));
    m_window.clear();
  }
  void reject(Reject reject) override { m_out.rejects.push_back(std::move(reject)); }

 private:
  RowBatch m_window;
  Decoding& m_out;
};

Feed built_in(std::string_view name) {
  for (const EmbeddedFile& file : embedded_feeds())
    if (file.name == name)
      return parse_feed(file.text, std::string{name});
  throw Error{Fault::fatal, "no built-in feed " + std::string{name}};
}

}  // namespace

const Feed& objects_detection() {
  static const Feed feed = built_in("objects_detection.toml");
  return feed;
}

const Feed& vehicles_status() {
  static const Feed feed = built_in("vehicles_status.toml");
  return feed;
}

Decoding decode_text(const Feed& feed, std::string_view document, decode::Limits limits, std::size_t piece,
                     std::string_view file_name, std::int64_t claimed_at, std::int64_t horizon) {
  decode::Decoder decoder{feed, limits};
  return decode_with(decoder, feed, document, piece, file_name, claimed_at, horizon);
}

Decoding decode_with(decode::Decoder& decoder, const Feed& feed, std::string_view document, std::size_t piece,
                     std::string_view file_name, std::int64_t claimed_at, std::int64_t horizon) {
  Decoding out;
  Pieces source{document, piece};
  Collect sink{feed, out};
  try {
    decoder.decode(source, {file_name, claimed_at, horizon}, sink, 0, out.counts);
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      throw;
    out.fault = error.what();
    out.hint = error.hint();
    out.fault_at = error.position().value_or(Position{});
  }
  return out;
}

std::string one_reason(const Decoding& decoding) {
  if (decoding.counts.rejects != 1)
    return std::to_string(decoding.counts.rejects) + " rejects";
  return decoding.rejects[0].field + ": " + decoding.rejects[0].text();
}

std::string all_reasons(const Decoding& decoding) {
  std::string reasons;
  for (const Reject& reject : decoding.rejects)
    reasons += reject.field + ": " + reject.text() + "\n";
  return reasons;
}

}  // namespace longshore::test
