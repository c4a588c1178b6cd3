// Metrics of free space. A file system that hangs (NFS without its server) must not block a scrape or the main thread.
// So each is queried by a thread of its own, and not again until that thread returns.
#pragma once

#include "metrics/families.hpp"

#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/statvfs.h>

namespace longshore::metrics {

struct Place {
  std::string name;  // the value of the label
  std::string path;
};

class FileSystems {
 public:
  explicit FileSystems(const std::vector<Place>& places);

  // Leaves out a file system that has not answered within a second, or that reports an error. Any thread.
  void append(Families& families);

 private:
  using Space = std::optional<struct statvfs>;
  struct Query {
    Place place;
    std::future<Space> answer = {};  // valid from the start of a query until its answer is used
    bool is_late = false;

    void start();
  };

  std::mutex m_mutex;  // guards m_queries
  std::vector<Query> m_queries;
};

}  // namespace longshore::metrics
