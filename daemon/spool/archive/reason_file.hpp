// The text file beside an archived file that says why it failed: "<name>.reason.txt". A name that would be too long is
// cut, and a hash of the whole is added. If another file has that name, the reason's name is a hash.
//
// The first line of a text identifies its file: only a reason with the same first line is replaced or removed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace longshore::spool {

// How every reason file begins.
inline constexpr std::string_view k_reason_head = "longshore did not load this file";
// The first line of a reason file: it names the ledger row of the file.
std::string reason_head(std::int64_t file_id);

enum class ReasonName {
  usual,
  second,  // the hash, also if the usual name is free: a file that is still claimed has it
};
std::string usual_reason_name(const std::string& name);

// Writes the reason of a place into `directory`, the open directory of that place. Not made durable. Returns 0, or
// errno if no file can be created. Throws system_error.
int write_reason_file(int directory, const std::string& archive_path, ReasonName name, std::string_view text);
// Removes it again.
void remove_reason_file(int directory, const std::string& archive_path, std::string_view text);

}  // namespace longshore::spool
