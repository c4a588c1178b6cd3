// Infers a feed from one or two files of any bytes: the files are refused as bad, or the result is a declaration that is
// accepted and loads at least one record of them.
#include "admin/infer/infer.hpp"
#include "admin/infer/trial.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace longshore;

namespace {

void must(bool holds) {
  if (!holds)
    std::abort();
}

// A directory in memory, removed at the end of the program.
class Directory {
 public:
  Directory() {
    std::string pattern = "/dev/shm/infer_fuzz.XXXXXX";
    must(::mkdtemp(pattern.data()) != nullptr);
    m_path = pattern;
  }
  ~Directory() { std::filesystem::remove_all(m_path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string write(const std::string& name, std::string_view bytes) const {
    const std::string path = m_path + "/" + name;
    std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
    return path;
  }

 private:
  std::string m_path;
};

}  // namespace

// The first byte says whether there are two files, the second one how many 256ths of the rest are in the first of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Directory directory;
  if (size < 2)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const bool are_two = data[0] % 2 == 1;
  const std::size_t cut = are_two ? bytes.size() * data[1] / 256 : bytes.size();
  std::vector<std::string> paths{directory.write("points_1.data", bytes.substr(0, cut))};
  if (are_two)
    paths.push_back(directory.write("points_2.data", bytes.substr(cut)));

  std::string declaration;
  try {
    declaration = admin::infer_feed(paths, {});
  } catch (const Error& error) {
    must(error.fault() == Fault::bad_file);
    return 0;
  }
  const admin::InferTrial tried = admin::try_declaration(parse_feed(declaration, "the inferred feed"), paths, {});
  must(tried.rows() > 0 || tried.records == 0);
  return 0;
}
