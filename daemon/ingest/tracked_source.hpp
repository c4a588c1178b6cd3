// A file's bytes on their way to the decoder: counted for who asks how far it is, and the place where an urgent stop is heeded,
// whether rows flow or not.
#pragma once

#include "base/error.hpp"
#include "decode/source.hpp"
#include "ingest/context.hpp"

namespace longshore::ingest {

class TrackedSource : public decode::ByteSource {
 public:
  // The file's row has its name and size, and outlives the source.
  TrackedSource(decode::ByteSource& source, const store::LedgerRow& file, Context& context)
      : m_source(source), m_context(context), m_reading(context.readings, file.file_name, file.size_bytes) {}
  // What was read for nothing is taken back from the totals.
  ~TrackedSource() override {
    if (!m_kept)
      m_context.totals.bytes -= m_bytes;
  }

  std::size_t read(std::span<char> out) override {
    if (m_context.stop == Stop::now)
      throw Error{Fault::transient, "stopped while loading"};
    const std::size_t n = m_source.read(out);
    m_bytes += n;
    m_context.totals.bytes += n;
    m_reading.advance(n);
    return n;
  }
  // What was read is being sent: it gets on, though nothing is read. Any thread.
  void get_on() { m_reading.get_on(); }
  void keep() { m_kept = true; }

 private:
  decode::ByteSource& m_source;
  Context& m_context;
  ActiveReads::Entry m_reading;
  std::uint64_t m_bytes = 0;
  bool m_kept = false;
};

}  // namespace longshore::ingest
