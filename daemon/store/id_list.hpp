// Splits a long list of file ids into statements of at most 500 parameters, below the limits of both engines.
#pragma once

#include "store/store.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace longshore::store {

inline constexpr std::size_t k_ids_per_statement = 500;

inline std::int64_t id_of(std::int64_t file_id) { return file_id; }

// Calls `work(list, params, chunk)` for each chunk of `files`: list is "$1, $2 …", params are the ids.
// T is an id, or a type with an id_of().
template <class T, class Work>
void for_each_chunk(std::span<const T> files, Work work) {
  for (; !files.empty(); files = files.subspan(std::min(files.size(), k_ids_per_statement))) {
    const auto chunk = files.first(std::min(files.size(), k_ids_per_statement));
    std::string list;
    std::vector<Value> params;
    for (const T& file : chunk) {
      params.emplace_back(id_of(file));
      list += (params.size() == 1 ? "$" : ", $") + std::to_string(params.size());
    }
    work(list, std::move(params), chunk);
  }
}

}  // namespace longshore::store
