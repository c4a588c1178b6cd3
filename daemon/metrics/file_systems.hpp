// How much room file systems have. One that hangs, as NFS does without its server, must hang neither who scrapes nor
// the main thread: each is asked by a thread of its own, and not again before that one is back.
#pragma once

#include "metrics/families.hpp"

#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/statvfs.h>

namespace longshore::metrics {

// A directory by the name that its label has.
struct Place {
  std::string name;
  std::string path;
};

class FileSystems {
 public:
  explicit FileSystems(const std::vector<Place>& places);

  // Of one that cannot be asked, or has not answered within a second, nothing is told. Any thread.
  void append(Families& families);

 private:
  using Room = std::optional<struct statvfs>;
  struct Asked {
    Place place;
    std::future<Room> answer = {};  // of what was asked and is not told yet
    bool is_late = false;

    void ask();
  };

  std::mutex m_mutex;
  std::vector<Asked> m_all;
};

}  // namespace longshore::metrics
