#include "ingest/refused_record.hpp"

#include "base/log.hpp"
#include "ingest/read_document.hpp"
#include "ingest/tracked_source.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

namespace longshore::ingest {
namespace {

// The first refused record; thrown to end the decoding.
struct Refused {
  std::uint64_t record_no = 0;
  std::uint64_t offset = 0;
  Error error;
};

// A deferred constraint would refuse only the COMMIT.
void begin_trial(store::Session& session) {
  session.begin();
  if (session.engine() == store::Engine::postgres)
    session.exec("set constraints all immediate");
}

// Loads the rows in the order of the document. Each window that is refused is halved. A window that is accepted is
// rolled back at once: else its rows and its locks, which loaders wait for, would stay until the end of the search.
class RefusalSearch : public decode::Sink {
 public:
  // `sent` is called after each window.
  RefusalSearch(const File& file, std::size_t limit, const decode::Decoded& decoded, store::Session& session,
                std::function<void()> sent)
      : m_last(*file.feed), m_rows(*file.feed), m_file_id(file.file_id), m_limit(limit), m_decoded(decoded),
        m_session(session), m_sent(std::move(sent)) {}

  RowBatch& window() override { return m_last; }

  // Each row is numbered in place of its file, so that it is known after a sort.
  void row_added() override {
    m_rows.add(m_last, m_last.rows().back(), static_cast<std::uint32_t>(m_rows.size()));
    m_last.clear();
    m_places.push_back({m_decoded.records, m_decoded.last_row_at});
    if (m_rows.bytes() >= m_limit)
      finish_window();
  }

  void reject(Reject) override {}

  void finish_window() {
    begin_trial(m_session);
    m_file_ids.assign(m_rows.size(), m_file_id);
    std::size_t begin = 0;
    std::size_t end = m_rows.size();
    std::optional<Error> error = try_rows(begin, end);
    if (error) {
      while (end - begin > 1) {
        const std::size_t middle = begin + (end - begin) / 2;
        if (auto found = try_rows(begin, middle)) {
          end = middle;
          error = std::move(found);
        } else {
          begin = middle;
        }
      }
      if (auto found = try_rows(begin, end))
        throw Refused{m_places[begin].record_no, m_places[begin].offset, *found};
    }
    m_session.rollback();
    m_sent();
    m_rows.clear();
    m_places.clear();
  }

 private:
  struct Place {
    std::uint64_t record_no;
    std::uint64_t offset;
  };

  std::optional<Error> try_rows(std::size_t begin, std::size_t end) {
    RowBatch part{m_rows.feed()};
    for (std::size_t i = begin; i < end; ++i)
      part.add(m_rows, m_rows.rows()[i]);
    if (part.empty())
      return {};
    part.sort();
    return m_session.try_load(part, m_file_ids);
  }

  RowBatch m_last;  // the row that the decoder has just added
  RowBatch m_rows;  // in the order of the document
  std::vector<Place> m_places;
  std::vector<std::int64_t> m_file_ids;
  std::int64_t m_file_id;
  std::size_t m_limit;
  const decode::Decoded& m_decoded;
  store::Session& m_session;
  std::function<void()> m_sent;
};

std::optional<Refused> search(const spool::Claim& claim, const File& file, Context& context, store::Session& session) {
  const Fd fd = context.workspace.open(claim, file.entry.name);
  decode::FileSource raw{fd.get(), file.row.file_name};
  TrackedSource source{raw, file.row, context};
  decode::Decoder decoder{*file.feed, limits_of(context.config)};
  ReadResult result;
  RefusalSearch sink{file, context.config.window_bytes, result.decoded, session,
                     [&source] { source.report_progress(); }};
  try {
    read_document(source, facts_of(file), context.config, decoder, sink, 0, result);
    sink.finish_window();
  } catch (const Refused& refused) {
    return refused;
  }
  return {};
}

// Line and column of a byte of the document.
Position position_of(std::uint64_t offset, const spool::Claim& claim, const File& file, Context& context) {
  const Fd fd = context.workspace.open(claim, file.entry.name);
  decode::FileSource raw{fd.get(), file.row.file_name};
  TrackedSource source{raw, file.row, context};
  const auto document = decode::document_of(source, file.entry.name, context.config.max_document_bytes);
  Position position{offset, 1, 1};
  std::array<char, std::size_t{64} << 10> buffer;
  while (offset > 0) {
    const std::size_t got = document->read({buffer.data(), std::min<std::uint64_t>(offset, buffer.size())});
    if (got == 0)
      break;
    for (const char c : std::string_view{buffer.data(), got}) {
      position.line += c == '\n' ? 1 : 0;
      position.column = c == '\n' ? 1 : position.column + 1;
    }
    offset -= got;
  }
  return position;
}

std::string text_of(const Refused& refused, const Feed& feed) {
  std::string text = "the database refuses record " + std::to_string(refused.record_no) + ": " + refused.error.what();
  const auto names = [&](const std::string& name) { return text.find(name) != std::string::npos; };
  const bool has_two = feed.latest && feed.has_history;
  if (!names(feed.table) && !(has_two && names(feed.latest->table)))
    text += "; the table is " + feed.table + (has_two ? " or " + feed.latest->table : "");
  if (!names(refused.error.constraint()))
    text += "; the constraint is " + refused.error.constraint();
  return text;
}

}  // namespace

Error name_refused_record(const Error& refusal, const spool::Claim& claim, const File& file, Context& context,
                          store::Session& session) {
  try {
    const auto refused = search(claim, file, context, session);
    session.rollback();
    if (!refused)
      return refusal;
    return Error{Fault::bad_file, text_of(*refused, *file.feed)}
        .at(position_of(refused->offset, claim, file, context))
        .with_code(refused->error.code())
        .with_constraint(refused->error.constraint());
  } catch (const std::exception& exception) {  // the file fails anyway, only without the number
    session.rollback();
    log::debug("{}: the refused record was not found: {}", file.row.file_name, exception.what());
    return refusal;
  }
}

}  // namespace longshore::ingest
