#include "store/archived_files.hpp"

namespace longshore::store {

bool set_purged(Session& session, const KnownFile& file, const std::string& purged_at) {
  return session
             .exec(R"(
update ingest_log
set purged_at = $1
where file_id = $2 and archive_path = $3 and finished_at = $4 and size_bytes = $5
  and purged_at is null and grew_to is null
)",
                   {purged_at, file.file_id, file.archive_path, file.finished_at,
                    static_cast<std::int64_t>(file.size_bytes)})
             .affected == 1;
}

bool set_packed(Session& session, const KnownFile& file, const std::string& place, std::uint64_t packed_bytes) {
  return session
             .exec(R"(
update ingest_log
set archive_path = $1, packed_bytes = $2
where file_id = $3 and archive_path = $4 and sha256 = $5 and size_bytes = $6
  and purged_at is null and packed_bytes is null and grew_to is null
)",
                   {place, static_cast<std::int64_t>(packed_bytes), file.file_id, file.archive_path, file.sha256,
                    static_cast<std::int64_t>(file.size_bytes)})
             .affected == 1;
}

}  // namespace longshore::store
