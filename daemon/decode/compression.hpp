// Decompressors, for document_of(). Each reads `raw`, which must outlive it, and throws bad_file for invalid or truncated
// data and after `limit` decompressed bytes (a decompression bomb).
#pragma once

#include "decode/source.hpp"

#include <cstdint>
#include <memory>

namespace longshore::decode {

std::unique_ptr<ByteStream> gunzip(ByteStream& raw, std::uint64_t limit);
std::unique_ptr<ByteStream> unzstd(ByteStream& raw, std::uint64_t limit);

}  // namespace longshore::decode
