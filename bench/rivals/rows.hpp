// The rows of a file from longshore's decoder, in the windows that longshore would send. Only this file
// uses the decoder.
#pragma once

#include "config/config.hpp"
#include "decode/decode.hpp"
#include "feed/row_batch.hpp"
#include "store/schema_sql.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::rivals {

inline const Feed& feed_of(const std::string& path) {
  static const Registry feeds = Registry::load("");
  const Feed* const feed = feeds.route(std::filesystem::path{path}.filename().string());
  if (!feed)
    throw std::runtime_error{"no feed accepts " + path};
  return *feed;
}

// The column list of a RowBatch tuple for a statement.
inline std::string columns_of(const Feed& feed) { return store::sql_names(store::tuple_columns(feed)); }

class Windows : public decode::Sink {
 public:
  Windows(const Feed& feed, std::size_t window_bytes) : m_feed(feed), m_window_bytes(window_bytes) {
    m_windows.emplace_back(feed);
  }

  RowBatch& window() override { return m_windows.back(); }
  void row_added() override {
    if (m_windows.back().bytes() >= m_window_bytes)
      m_windows.emplace_back(m_feed);
  }
  void reject(Reject) override { throw std::runtime_error{"the rivals do not accept rejects"}; }

  std::vector<RowBatch> take() { return std::move(m_windows); }

 private:
  const Feed& m_feed;
  std::size_t m_window_bytes;
  std::vector<RowBatch> m_windows;
};

// Reads the rows of a file in file order.
inline void decode_rows(const std::string& path, decode::Sink& sink) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    throw std::runtime_error{"cannot open " + path};
  decode::FileSource raw{fd, path};
  const auto document = decode::document_of(raw, path, config::Config{}.max_document_bytes);
  decode::Decoded decoded;
  decode::decode(feed_of(path), *document, {path}, decode::Limits{}, sink, 0, decoded);
  ::close(fd);
}

// In file order, in windows of the default size.
inline std::vector<RowBatch> rows_of(const std::string& path,
                                     std::size_t window_bytes = config::Config{}.window_bytes) {
  Windows windows{feed_of(path), window_bytes};
  decode_rows(path, windows);
  return windows.take();
}

}  // namespace longshore::rivals
