#include "decode/decode.hpp"

#include "decode/csv_reader.hpp"
#include "decode/root_reader.hpp"

#include <vector>

namespace longshore::decode {
namespace {

// Refuses other encodings than UTF-8, moves to the first value of JSON, or behind a byte order mark of CSV. Throws if
// nothing is left.
void begin_document(const Feed& feed, Input& input) {
  const std::string_view head = input.slice(0, 4);
  if (head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") ||
      (head.size() >= 2 && (head[0] == '\0') != (head[1] == '\0')))
    throw bad_file(input, 0, "the document is UTF-16 or UTF-32, not UTF-8");
  if (feed.csv)
    input.skip_byte_order_mark();
  else
    input.skip_separators();
  if (input.at_end())
    throw bad_file(input, input.Tell(),
                   input.Tell() == 0 ? "the document is empty" : "the document contains only white space");
}

std::unique_ptr<RecordReader> reader_for(const Feed& feed, const Limits& limits, Input& input, UnreadMembers& unread) {
  if (feed.csv)
    return std::make_unique<CsvReader>(feed, limits, input);
  return std::make_unique<RootReader>(feed, limits, input, unread);
}

}  // namespace

struct Decoder::Parts {
  const Feed& feed;
  Limits limits;
  FileCells file_cells;
  UnreadMembers unread;
  std::optional<Input> input;            // of the current document; the reader keeps its address
  std::unique_ptr<RecordReader> reader;  // created with the first document
  std::vector<char> buffer;
};

Decoder::Decoder(const Feed& feed, const Limits& limits)
    : m_parts(new Parts{feed, limits, FileCells{feed}, {}, {}, {}, {}}) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

void Decoder::decode(ByteSource& document, std::string_view file_name, Sink& sink, std::uint32_t file,
                     Decoded& decoded) {
  Parts& parts = *m_parts;
  decoded = {};
  parts.file_cells.begin_file(file_name);
  parts.unread.begin_document();
  Input& input = parts.input.emplace(document, parts.limits.record_bytes, std::move(parts.buffer),
                                     parts.feed.csv ? Input::Syntax::csv : Input::Syntax::json);
  if (!parts.reader)
    parts.reader = reader_for(parts.feed, parts.limits, input, parts.unread);
  RecordOutput output{parts.feed, parts.limits, parts.file_cells, input, sink, file, decoded};
  begin_document(parts.feed, input);
  parts.reader->read(output);
  decoded.unread = parts.unread.take(decoded.unread_is_cut);
  output.conclude();
  parts.buffer = input.take_buffer();
}

}  // namespace longshore::decode
