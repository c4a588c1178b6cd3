// SHA-256 of a file's bytes (its identity in the ledger, the same as `sha256sum` prints) and XXH3-64 of a record's
// bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace longshore {

// Takes the bytes in pieces of any size. For one thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  // 64 lower-case hex digits of all bytes so far. Then starts again with no bytes.
  std::string finish();

  static std::string of(std::string_view bytes);

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> m_context;
};

// XXH3-64 with a seed. Signed, because SQL has no unsigned numbers.
std::int64_t xxh3(std::string_view bytes, std::uint64_t seed);

}  // namespace longshore
