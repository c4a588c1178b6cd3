#include "base/digest.hpp"

#include <openssl/evp.h>
#include <xxhash.h>

#include <array>
#include <bit>
#include <new>

namespace longshore {
namespace {

// Fetched once: with EVP_sha256(), OpenSSL looks it up by name at each use. That takes as long as hashing a small file.
const EVP_MD* sha256() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

Sha256::Sha256() : m_context(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  if (!m_context || !sha256() || EVP_DigestInit_ex(m_context.get(), sha256(), nullptr) != 1)
    throw std::bad_alloc{};
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()); }

std::string Sha256::finish() {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned length = 0;
  EVP_DigestFinal_ex(m_context.get(), raw.data(), &length);
  EVP_DigestInit_ex(m_context.get(), sha256(), nullptr);
  std::string hex;
  hex.reserve(2 * length);
  for (unsigned i = 0; i < length; ++i) {
    hex += k_digits[raw[i] >> 4];
    hex += k_digits[raw[i] & 15];
  }
  return hex;
}

std::string Sha256::of(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish();
}

std::int64_t xxh3(std::string_view bytes, std::uint64_t seed) {
  return std::bit_cast<std::int64_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed));
}

}  // namespace longshore
