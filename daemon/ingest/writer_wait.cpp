#include "ingest/writer_wait.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/open_writer.hpp"
#include "spool/return_to_landing.hpp"
#include "store/ledger.hpp"

namespace longshore::ingest {
namespace {

// Landing may have another file of the name of one that waits in its claim.
std::string place_of(const Job& job, const File& file) {
  return job.failures.writer_waits > 0 ? job.claim.entry(file.entry.name) : file.entry.name;
}

bool is_over(const Job& job, const File& file, Context& context) {
  const auto open_grace = context.config.open_grace;
  const std::string place = place_of(job, file);
  if (context.writers.wait_of(place, file.entry, open_grace).count() > 0)
    return false;
  context.writers.forget(place);
  log::warn("{}: a process still has it open for writing, but it has not changed for {}: loading it",
            file.row.file_name, short_duration(static_cast<std::uint64_t>(open_grace.count())));
  return true;
}

// The move was done, and only its sync failed.
bool has_left(const spool::Claim& claim, const File& file) try {
  return !spool::Workspace::look(claim, file.entry.name);
} catch (const Error&) {
  return false;
}

}  // namespace

// A retry does not ask again whether a file waits: it would go back after a lost lock.
bool must_wait_for_writer(const Job& job, File& file, const Fd& fd, Context& context, store::Session& session) {
  const spool::OpenWriter writer = spool::find_open_writer(fd.get());
  if (writer == spool::OpenWriter::unknown && !context.has_no_lease.exchange(true))
    log::warn(
        "{}: loaded without a lease: whether a process has it open for writing is not known; hint: files of other "
        "users need the capability CAP_LEASE, and the file system must have leases",
        file.row.file_name);
  if (writer != spool::OpenWriter::found && job.failures.writer_waits > 0)
    context.writers.forget(place_of(job, file));
  if (writer == spool::OpenWriter::found && !file.may_grow &&
      !store::Ledger{session}.find_arrival(job.claim.id, file.row.file_name) && !is_over(job, file, context))
    return true;
  file.may_grow = file.may_grow || writer != spool::OpenWriter::none;
  return false;
}

bool return_to_writer(const spool::Claim& claim, const File& file, Context& context) {
  try {
    crash_point("before_return");
    switch (return_to_landing(claim, file.entry.name, context.directories.landing)) {
    case spool::Returned::done:
    case spool::Returned::gone:
      crash_point("after_return");
      return true;
    case spool::Returned::taken:
      log::info("{}: waits for its writer in its claim, because the landing directory has another file of this name",
                file.row.file_name);
      return false;
    }
  } catch (const Error& error) {
    if (has_left(claim, file))
      return true;
    log::warn("{}: waits for its writer in its claim: {}", file.row.file_name, error.what());
  }
  return false;
}

}  // namespace longshore::ingest
