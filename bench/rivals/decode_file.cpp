// decode_file --feeds DIRECTORY FILE
//
// Decodes a file that is already in memory with longshore's own decoder, and discards the rows: the time of decoding
// alone, without reading, hashing and sending. It prints the bytes, too.
#include "decode/decode.hpp"
#include "program.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
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

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    throw std::runtime_error{"cannot read " + path};
  return {std::istreambuf_iterator<char>{file}, {}};
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

    const Clock clock;
    decode::decode(*feed, source, {name}, {}, sink, 0, decoded);
    std::printf("{\"seconds\": %.6f, \"bytes\": %zu, \"records\": %llu}\n", clock.seconds(), content.size(),
                static_cast<unsigned long long>(decoded.records));
  });
}
