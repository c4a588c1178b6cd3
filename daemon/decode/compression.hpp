// Decompressors, for document_of(), and how compressed content begins. Each reads `raw`, which must outlive it, and throws bad_file for invalid or truncated
// data and after `limit` decompressed bytes (a decompression bomb).
#pragma once

#include "decode/source.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace longshore::decode {

std::unique_ptr<ByteStream> gunzip(ByteStream& raw, std::uint64_t limit);
std::unique_ptr<ByteStream> unzstd(ByteStream& raw, std::uint64_t limit);

// Whether content that begins with these bytes (at least 8) is compressed: by gzip, zstd, or another program.
bool is_packed(std::string_view head);

}  // namespace longshore::decode
