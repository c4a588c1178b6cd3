// latency --database CONNINFO --from DIR --landing DIR --every-us N [--poll-us N] [--patience SECONDS]
//
// Renames the files of a directory into a landing directory at the given rate (0: without pauses) and polls the ledger
// on its own connection. The latency of a file is the time from just before rename() to the answer that contains its
// row. The program ends when all files are loaded, or after some seconds without a new row; the missing files count as
// lost.
//
// It polls only while a file is not loaded, with a pause between polls, to leave the processor to longshore and the
// server.
#include "percentiles.hpp"
#include "pg.hpp"
#include "program.hpp"

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>
#include <unordered_map>

using namespace longshore::rivals;
using namespace std::chrono_literals;

namespace {

using Instant = std::chrono::steady_clock::time_point;

Instant now() { return std::chrono::steady_clock::now(); }

struct File {
  std::string name;
  Instant renamed;  // valid for the first `dropped` files
  double wait = -1;
};

struct Drop {
  std::vector<File> files;
  std::atomic<std::size_t> dropped{0};
};

void drop_all(Drop& drop, const std::string& from, const std::string& landing, std::chrono::microseconds every) {
  auto next = now();
  for (File& file : drop.files) {
    const std::filesystem::path source = std::filesystem::path{from} / file.name;
    const std::filesystem::path target = std::filesystem::path{landing} / file.name;
    if (every > 0us)
      std::this_thread::sleep_until(next);
    next += every;
    file.renamed = now();
    ++drop.dropped;
    drop.dropped.notify_one();
    std::filesystem::rename(source, target);
  }
}

// Reads new rows of the ledger. File ids come from a sequence, and an earlier id may become visible later. So each poll
// reads all rows above the first gap again, until the gap is filled or one second old.
class Ledger {
 public:
  explicit Ledger(const std::string& conninfo) : m_pg(conninfo) {
    m_pg.exec("set enable_seqscan = off");  // the table was empty when the statement was planned
    m_pg.exec("prepare news as select file_id, file_name from ingest_log where file_id > $1 order by file_id");
  }

  // Calls `found` with the file name of each new row. Returns whether there was one.
  template <class Found>
  bool look(Found found) {
    const std::string floor = std::to_string(m_floor);
    const char* const params[] = {floor.c_str()};
    const std::unique_ptr<PGresult, decltype(&PQclear)> rows{
        PQexecPrepared(m_pg.raw(), "news", 1, params, nullptr, nullptr, 0), PQclear};
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK)
      throw std::runtime_error{PQerrorMessage(m_pg.raw())};
    bool any = false;
    for (int i = 0; i < PQntuples(rows.get()); ++i)
      if (m_above.insert(std::stoll(PQgetvalue(rows.get(), i, 0))).second) {
        found(PQgetvalue(rows.get(), i, 1));
        any = true;
      }
    raise_floor();
    return any;
  }

 private:
  void raise_floor() {
    const auto before = m_floor;
    if (!m_above.empty() && now() - m_raised > 1s)
      m_floor = *m_above.begin() - 1;
    while (!m_above.empty() && *m_above.begin() == m_floor + 1)
      m_floor = m_above.extract(m_above.begin()).value();
    if (m_floor != before || m_above.empty())
      m_raised = now();
  }

  Pg m_pg;
  std::int64_t m_floor = 0;        // all ids up to this one were seen or will never come
  std::set<std::int64_t> m_above;  // ids above m_floor that were seen
  Instant m_raised = now();
};

// Returns the number of loaded files.
std::size_t watch(Drop& drop, Ledger& ledger, std::chrono::microseconds poll, std::chrono::seconds patience) {
  std::unordered_map<std::string, File*> expected;
  for (File& file : drop.files)
    expected[file.name] = &file;
  std::size_t seen = 0;
  Instant last_news = now();
  while (seen < drop.files.size()) {
    drop.dropped.wait(seen);  // wait while all dropped files are loaded
    const bool news = ledger.look([&](const std::string& name) {
      const auto file = expected.find(name);
      if (file == expected.end() || file->second->wait >= 0)
        return;
      file->second->wait = std::chrono::duration<double>(now() - file->second->renamed).count();
      ++seen;
    });
    if (news || drop.dropped < drop.files.size())
      last_news = now();
    if (now() - last_news > patience)
      break;
    std::this_thread::sleep_for(poll);
  }
  return seen;
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const std::string from = arguments.get("from");
    Drop drop;
    for (const auto& entry : std::filesystem::directory_iterator{from})
      drop.files.push_back({entry.path().filename().string(), {}});
    std::ranges::sort(drop.files, {}, &File::name);
    Ledger ledger{arguments.get("database")};

    const Clock clock;
    const std::chrono::microseconds every{std::stoi(arguments.get("every-us"))};
    std::jthread dropper{[&] { drop_all(drop, from, arguments.get("landing"), every); }};
    const std::size_t seen = watch(drop, ledger, std::chrono::microseconds{std::stoi(arguments.get("poll-us", "100"))},
                                   std::chrono::seconds{std::stoi(arguments.get("patience", "15"))});
    const double seconds = clock.seconds();

    std::vector<double> waits;
    for (const File& file : drop.files)
      if (file.wait >= 0)
        waits.push_back(file.wait);
    std::printf("{\"files\": %zu, \"lost\": %zu, \"seconds\": %.6f, ", drop.files.size(), drop.files.size() - seen,
                seconds);
    print_percentiles(waits);
    std::printf("}\n");
  });
}
