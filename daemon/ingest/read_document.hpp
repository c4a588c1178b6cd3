// Reads the document in one file: decompresses it according to the file's name, decodes it, and returns the counts.
// A file that cannot be loaded as a whole is a result here, not an exception: `bad_file` gives the reason.
// Every other Error passes through. The caller owns source, decoder and sink.
#pragma once

#include "base/error.hpp"
#include "config/config.hpp"
#include "decode/decode.hpp"

#include <cstdint>
#include <optional>

namespace longshore::ingest {

struct ReadResult {
  decode::Decoded decoded;        // of a bad file: what was counted before the fault
  std::optional<Error> bad_file;  // set: the caller must undo the rows that the sink received
};

// The decoder's limits as the settings give them.
decode::Limits limits_of(const config::Config& config);

// `number` is the RowBatch::Row::file of the rows.
ReadResult read_document(decode::ByteSource& raw, const decode::FileFacts& facts, const config::Config& config,
                         decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number);
// The same, but `result` has the counts even if an Error passes through.
void read_document(decode::ByteSource& raw, const decode::FileFacts& facts, const config::Config& config,
                   decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number, ReadResult& result);

}  // namespace longshore::ingest
