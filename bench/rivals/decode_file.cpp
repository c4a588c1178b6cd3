// decode_file --feeds DIRECTORY FILE
//
// Decodes a file that is already in memory with longshore's own decoder, and discards the rows: the time of decoding
// alone, without reading, hashing and sending. "seconds" is the processor time, which other programs disturb less than
// the clock.
#include "decode/decode.hpp"
#include "program.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

using namespace longshore;
using namespace longshore::rivals;

namespace {

constexpr std::size_t k_window_bytes = std::size_t{8} << 20;

class Discard : public decode::Sink {
 public:
  explicit Discard(const Feed& feed) : m_window(feed) {}
  RowBatch& window() override { return m_window; }
  void row_added() override {
    if (m_window.bytes() >= k_window_bytes)
      m_window.clear();
  }
  void reject(Reject reject) override { throw std::runtime_error{"rejected: " + reject.text()}; }

 private:
  RowBatch m_window;
};

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    throw std::runtime_error{"cannot read " + path};
  std::string content(std::filesystem::file_size(path), '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

}  // namespace

int main(int argc, char** argv) {
  return program(argc, argv, [](const Arguments& arguments) {
    const std::string path = arguments.files.at(0);
    const std::string name = std::filesystem::path{path}.filename().string();
    const Registry registry = Registry::load(arguments.get("feeds", ""));
    const Feed* feed = registry.route(name);
    if (!feed)
      throw std::runtime_error{"no feed for " + path};
    const std::string content = content_of(path);
    decode::MemorySource source{content};
    Discard sink{*feed};
    decode::Decoded decoded;

    const double begin = processor_seconds();
    decode::decode(*feed, source, {name}, {}, sink, 0, decoded);
    std::printf("{\"seconds\": %.6f, \"bytes\": %zu, \"records\": %llu}\n", processor_seconds() - begin, content.size(),
                static_cast<unsigned long long>(decoded.records));
  });
}
