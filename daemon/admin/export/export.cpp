#include "admin/export/export.hpp"

#include <optional>
#include <string_view>

namespace longshore::admin {
namespace {

constexpr std::size_t k_flush_bytes = std::size_t{256} << 10;
constexpr std::size_t k_date_size = 10;
constexpr std::string_view k_no_date = "__HIVE_DEFAULT_PARTITION__";

// The rows go to a buffer, and from there to the file of their date.
class Export {
 public:
  Export(const Feed& feed, const ExportRequest& request, const std::function<void(std::uint64_t)>& progress)
      : m_feed(feed), m_request(request), m_progress(progress),
        m_text(request.format, store::exported_columns(feed), store::exported_types(feed)),
        m_files(request.compression) {
    if (!request.by_date)
      begin_file(request.output, "");
  }

  void add(store::TextRow row) {
    if (m_request.by_date)
      begin_date(row[*m_request.rows.by]);
    m_text.append(m_buffer, row);
    m_files.count_row();
    ++m_rows;
    if (m_buffer.size() >= k_flush_bytes)
      flush();
  }

  std::vector<ExportedFile> finish() {
    flush();
    return m_files.publish();
  }

 private:
  void begin_file(const std::string& path, const std::string& directory) {
    flush();
    m_files.begin(path, directory);
    m_buffer = m_text.header();
  }

  void begin_date(std::optional<std::string_view> time) {
    const std::string_view date = time ? time->substr(0, k_date_size) : k_no_date;
    if (date == m_date)
      return;
    m_date = date;
    begin_file(m_request.output + "/date=" + m_date + "/" + m_feed.name + "." +
                   std::string{format_name(m_request.format)} + std::string{suffix_of(m_request.compression)},
               m_request.output);
  }

  void flush() {
    if (m_buffer.empty())
      return;
    m_files.write(m_buffer);
    m_buffer.clear();
    m_progress(m_rows);
  }

  const Feed& m_feed;
  const ExportRequest& m_request;
  const std::function<void(std::uint64_t)>& m_progress;
  RowText m_text;
  ExportFiles m_files;
  std::string m_buffer;
  std::string m_date;  // of the file begun last
  std::uint64_t m_rows = 0;
};

}  // namespace

std::vector<ExportedFile> export_feed(store::Session& session, const Feed& feed, const ExportRequest& request,
                                      const std::function<void(std::uint64_t)>& progress) {
  store::RowRange rows = request.rows;
  rows.is_sorted = request.by_date;
  Export work{feed, request, progress};
  store::export_rows(session, feed, rows, [&](store::TextRow row) { work.add(row); });
  return work.finish();
}

}  // namespace longshore::admin
