// naive_copy --database CONNINFO FILE
//
// Loads the detections of a file into the table of bench/peers/naive.sql with longshore's decoder and COPY BINARY, in
// one transaction. Compared with the peers, it shows the effect of the loader; compared with longshore, the effect of
// the tables.
#include "pg.hpp"
#include "program.hpp"
#include "rows.hpp"

using namespace longshore;
using namespace longshore::rivals;

namespace {

constexpr std::size_t k_part_bytes = std::size_t{128} << 10;
constexpr const char* k_table = "naive_detections (vehicle_id, detection_time, object_type, object_value)";

void put_field(std::string& out, std::string_view bytes) {
  put_int(out, static_cast<std::int32_t>(bytes.size()));
  out += bytes;
}

// Iterates over the elements of an array cell (format: feed/cell.hpp).
class Elements {
 public:
  explicit Elements(std::string_view cell) : m_rest(cell.substr(12)) {
    if (m_rest.empty())
      return;
    m_count = get_int<std::int32_t>(m_rest.data());
    m_rest.remove_prefix(8);
  }

  std::int32_t count() const { return m_count; }
  std::string_view next() {
    const auto size = static_cast<std::size_t>(get_int<std::int32_t>(m_rest.data()));
    const std::string_view element = m_rest.substr(4, size);
    m_rest.remove_prefix(4 + size);
    return element;
  }

 private:
  std::string_view m_rest;
  std::int32_t m_count = 0;
};

// Sends each row after it is decoded, so that the server works at the same time.
class NaiveCopy : public decode::Sink {
 public:
  NaiveCopy(Pg& connection, const Feed& feed) : m_connection(connection), m_row(feed) {
    m_connection.begin_copy(k_table);
    m_part = k_copy_header;
  }

  RowBatch& window() override { return m_row; }
  void row_added() override {
    m_row.cells(m_row.rows().front(), m_cells);
    Elements types{m_cells[2].bytes};
    Elements values{m_cells[3].bytes};
    for (std::int32_t i = 0; i < types.count(); ++i) {
      put_int(m_part, std::int16_t{4});
      put_field(m_part, m_cells[0].bytes);
      put_field(m_part, m_cells[1].bytes);
      put_field(m_part, types.next());
      put_field(m_part, values.next());
    }
    m_row.clear();
    if (m_part.size() >= k_part_bytes)
      send();
  }
  void reject(Reject) override { throw std::runtime_error{"the rivals do not accept rejects"}; }

  void finish() {
    m_part += k_copy_trailer;
    send();
    m_connection.end_copy();
  }

 private:
  void send() {
    m_connection.put(m_part);
    m_part.clear();
  }

  Pg& m_connection;
  RowBatch m_row;  // at most one row
  std::vector<RowBatch::Cell> m_cells;
  std::string m_part;
};

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const std::string& path = arguments.files.at(0);
    const Clock clock;
    Pg connection{arguments.get("database")};
    connection.exec("begin");
    NaiveCopy copy{connection, feed_of(path)};
    decode_rows(path, copy);
    copy.finish();
    connection.exec("commit");
    std::printf("{\"seconds\": %.6f}\n", clock.seconds());
  });
}
