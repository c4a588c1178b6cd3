// A file's bytes on their way to the decoder: counted for the totals and the active reads.
// A stop that cannot wait interrupts the read: read() throws Error{transient}.
#pragma once

#include "base/error.hpp"
#include "decode/source.hpp"
#include "ingest/context.hpp"

#include <memory>
#include <utility>

namespace longshore::ingest {

class TrackedSource : public decode::ByteSource {
 public:
  // `row` has the file's name and size, and must outlive the source.
  TrackedSource(decode::ByteSource& source, const store::LedgerRow& row, Context& context)
      : m_source(source), m_context(context), m_active_read(context.active_reads, row.file_name, row.size_bytes) {}
  // If the attempt failed, subtracts its bytes from the totals.
  ~TrackedSource() override {
    if (!m_keeps_count)
      m_context.totals.bytes -= m_bytes;
  }

  std::size_t read(std::span<char> out) override {
    refuse_if_stopped(m_context);
    const std::size_t n = m_source.read(out);
    m_bytes += n;
    m_context.totals.bytes += n;
    m_active_read.advance(n);
    return n;
  }
  std::unique_ptr<decode::ByteSource> again() const override {
    return std::make_unique<Again>(m_source.again(), m_context);
  }
  // Rows of the file were sent. Any thread.
  void report_progress() { m_active_read.report_progress(); }
  // The file was loaded: its bytes stay in the totals.
  void keep_count() { m_keeps_count = true; }

 private:
  // A second reading counts no bytes.
  class Again : public decode::ByteSource {
   public:
    Again(std::unique_ptr<decode::ByteSource> source, Context& context)
        : m_source(std::move(source)), m_context(context) {}
    std::size_t read(std::span<char> out) override {
      refuse_if_stopped(m_context);
      return m_source->read(out);
    }
    std::unique_ptr<decode::ByteSource> again() const override {
      return std::make_unique<Again>(m_source->again(), m_context);
    }

   private:
    std::unique_ptr<decode::ByteSource> m_source;
    Context& m_context;
  };

  static void refuse_if_stopped(const Context& context) {
    if (context.stop == Stop::now)
      throw Error{Fault::transient, "stopped while loading"};
  }

  decode::ByteSource& m_source;
  Context& m_context;
  ActiveReads::Entry m_active_read;
  std::uint64_t m_bytes = 0;
  bool m_keeps_count = false;
};

}  // namespace longshore::ingest
