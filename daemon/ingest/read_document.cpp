#include "ingest/read_document.hpp"

#include "decode/source.hpp"

namespace longshore::ingest {

decode::Limits limits_of(const config::Config& config) {
  decode::Limits limits;
  limits.depth = config.max_depth;
  limits.record_bytes = config.max_record_bytes;
  limits.stored_rejects = config.stored_rejects;
  return limits;
}

ReadResult read_document(decode::ByteSource& raw, const decode::FileFacts& facts, const config::Config& config,
                         decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number) {
  ReadResult result;
  read_document(raw, facts, config, decoder, sink, number, result);
  return result;
}

void read_document(decode::ByteSource& raw, const decode::FileFacts& facts, const config::Config& config,
                   decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number, ReadResult& result) {
  try {
    const auto document = decode::document_of(raw, facts.name, config.max_document_bytes);
    decoder.decode(*document, facts, sink, number, result.decoded);
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      throw;
    result.bad_file = error;
  }
}

}  // namespace longshore::ingest
