// SHA-256 of a file's bytes (its identity in the ledger, the same as `sha256sum` prints) and XXH3-64 of a record's
// bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace longshore {

// Hashes bytes given in pieces of any size. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  // Returns 64 lower-case hex digits for all bytes so far, and resets to no bytes.
  std::string finish();

  static std::string of(std::string_view bytes);

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> m_context;
};

// XXH3-64 with a seed. Signed, because SQL has no unsigned numbers.
std::int64_t xxh3(std::string_view bytes, std::uint64_t seed);

}  // namespace longshore
