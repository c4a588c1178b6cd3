#include "decode/decode.hpp"

#include "decode/csv_reader.hpp"
#include "decode/root_reader.hpp"

#include <vector>

namespace longshore::decode {
namespace {

// iconv's name of an encoding other than UTF-8, by how a document begins: a byte order mark, or an ASCII character and
// NULs. "" if it may be UTF-8.
std::string other_encoding(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv))
    return "UTF-32";
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    return "UTF-16";
  const bool is_wide = head.size() == 4 && head[1] == '\0' && head[2] == '\0' && (head[0] == '\0') != (head[3] == '\0');
  if (is_wide)
    return head[0] == '\0' ? "UTF-32BE" : "UTF-32LE";
  if (head.size() >= 2 && (head[0] == '\0') != (head[1] == '\0'))
    return head[0] == '\0' ? "UTF-16BE" : "UTF-16LE";
  return "";
}

// Refuses other encodings than UTF-8, moves to the first value of JSON, or behind a byte order mark of CSV. Throws if
// nothing is left.
void begin_document(const Feed& feed, Input& input) {
  if (const std::string encoding = other_encoding(input.slice(0, 4)); !encoding.empty())
    throw bad_file(input, 0, "the document is " + encoding + ", not UTF-8")
        .with_hint("iconv -f " + encoding + " -t UTF-8 FILE >NEW, then drop NEW");
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

void Decoder::decode(ByteSource& document, const FileFacts& facts, Sink& sink, std::uint32_t file, Decoded& decoded) {
  Parts& parts = *m_parts;
  decoded = {};
  parts.file_cells.begin_file(facts.name);
  parts.unread.begin_document();
  Input& input = parts.input.emplace(document, parts.limits.record_bytes, std::move(parts.buffer),
                                     parts.feed.csv ? Input::Syntax::csv : Input::Syntax::json);
  if (!parts.reader)
    parts.reader = reader_for(parts.feed, parts.limits, input, parts.unread);
  const FutureCheck future_check{parts.feed, facts.claimed_at};
  const HorizonCheck horizon_check{parts.feed, facts.horizon};
  RecordOutput output{parts.feed, parts.limits, parts.file_cells, future_check, horizon_check, parts.unread, input,
                      sink,       file,         decoded};
  begin_document(parts.feed, input);
  parts.reader->read(output);
  decoded.unread = parts.unread.of_document();
  output.conclude();
  parts.buffer = input.take_buffer();
}

}  // namespace longshore::decode
