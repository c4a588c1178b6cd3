#include "spool/work/wait_reasons.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr unsigned k_mode = 0640;

constexpr std::size_t k_most_bytes = 65'536;  // of what is read

std::string path_of(const std::string& work, const std::string& instance) {
  return work + "/" + wait_reasons_name(instance);
}

// feed, files, example, reason; nothing of them has a tab
std::string line_of(const WaitReason& reason) {
  return reason.feed + "\t" + std::to_string(reason.files) + "\t" + reason.example + "\t" + printable(reason.reason) +
         "\n";
}

WaitReason parsed(std::string_view line) {
  std::array<std::string_view, 4> fields;
  for (std::string_view& field : fields) {
    field = line.substr(0, line.find('\t'));
    line.remove_prefix(std::min(field.size() + 1, line.size()));
  }
  WaitReason reason{std::string{fields[0]}, 0, std::string{fields[2]}, std::string{fields[3]}};
  std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), reason.files);
  return reason;
}

}  // namespace

std::string wait_reasons_name(const std::string& instance) { return "." + instance + ".waits"; }

void write_wait_reasons(const std::string& work, const std::string& instance, std::span<const WaitReason> reasons) {
  const std::string path = path_of(work, instance);
  if (reasons.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      throw system_error(errno, "unlink " + escape(path));
    return;
  }
  std::string text;
  for (const WaitReason& reason : reasons)
    text += line_of(reason);
  replace_file(path, text, k_mode);
}

std::vector<WaitReason> read_wait_reasons(const std::string& work, const std::string& instance) {
  const std::string path = path_of(work, instance);
  const Fd file = open_regular(AT_FDCWD, path);
  if (!file && (errno == ENOENT || errno == ELOOP))
    return {};
  if (!file)
    throw system_error(errno, "open " + escape(path));
  std::string text(k_most_bytes, '\0');
  text.resize(read_some(file.get(), text, "read " + escape(path)));
  std::vector<WaitReason> reasons;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    reasons.push_back(parsed(std::string_view{text}.substr(at, end - at)));
    at = end + 1;
  }
  return reasons;
}

}  // namespace longshore::spool
