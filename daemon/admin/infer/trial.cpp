#include "admin/infer/trial.hpp"

#include "admin/infer/source.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "decode/decode.hpp"
#include "ingest/file.hpp"

#include <filesystem>
#include <functional>
#include <limits>
#include <set>
#include <string_view>

namespace longshore::admin {
namespace {

// Rows whose values are compared to find a key; 8 bytes for each value.
constexpr std::size_t k_compared_rows = 20'000;

class Observe final : public decode::Sink {
 public:
  Observe(const Feed& feed, InferTrial& trial) : m_window(feed), m_trial(trial) {}

  RowBatch& window() override { return m_window; }
  void row_added() override {
    if (m_trial.rows() < k_compared_rows) {
      m_window.cells(m_window.rows().back(), m_cells);
      for (std::size_t i = 0; i < m_trial.values.size(); ++i)
        m_trial.values[i].push_back(std::hash<std::string_view>{}(m_cells[i].bytes));
    }
    m_window.clear();
  }
  void reject(Reject reject) override {
    InferTrial::Rejected& rejected = m_trial.rejected[reject.field];
    if (rejected.values++ == 0) {
      rejected.code = reject.kind.code;
      rejected.reason = reject.text();
    }
  }

 private:
  RowBatch m_window;
  InferTrial& m_trial;
  std::vector<RowBatch::Cell> m_cells;
};

void try_file(const Feed& feed, const std::string& path, const ReadLimit& limit, InferTrial& trial) {
  decode::Limits limits;
  limits.stored_rejects = std::numeric_limits<std::uint64_t>::max();
  Observe sink{feed, trial};
  decode::Decoded decoded;
  try {
    BoundedDocument document{path, limit.bytes};
    const std::string name = std::filesystem::path{path}.filename();
    decode::decode(feed, document, {name}, limits, sink, 0, decoded);
  } catch (const LimitReached&) {
  } catch (const Error& error) {
    if (!decoded.is_whole)  // otherwise every record was rejected, which the trial states
      throw Error(error.fault(), escape(path) + ": " + ingest::error_text(error)).exits(Exit::bad_data);
  }
  trial.records += decoded.records;
}

}  // namespace

std::uint64_t InferTrial::distinct(const std::vector<std::size_t>& columns) const {
  std::set<std::vector<std::uint64_t>> seen;
  std::vector<std::uint64_t> row(columns.size());
  for (std::size_t i = 0; i < rows(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j)
      row[j] = values[columns[j]][i];
    seen.insert(row);
  }
  return seen.size();
}

InferTrial try_declaration(const Feed& feed, const std::vector<std::string>& paths, const ReadLimit& limit) {
  InferTrial trial;
  trial.values.resize(feed.columns.size());
  for (const std::string& path : paths)
    try_file(feed, path, limit, trial);
  return trial;
}

}  // namespace longshore::admin
