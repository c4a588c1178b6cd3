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

ReadResult read_document(decode::ByteSource& raw, std::string_view file_name, const config::Config& config,
                         decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number) {
  ReadResult result;
  read_document(raw, file_name, config, decoder, sink, number, result);
  return result;
}

void read_document(decode::ByteSource& raw, std::string_view file_name, const config::Config& config,
                   decode::Decoder& decoder, decode::Sink& sink, std::uint32_t number, ReadResult& result) {
  try {
    const auto document = decode::document_of(raw, file_name, config.max_document_bytes);
    decoder.decode(*document, file_name, sink, number, result.decoded);
  } catch (const Error& error) {
    if (error.fault() != Fault::bad_file)
      throw;
    result.bad_file = error;
  }
}

}  // namespace longshore::ingest
