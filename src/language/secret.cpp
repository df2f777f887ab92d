#include "language/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <span>

#include "language/hex.h"

namespace snom::language {

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  return to_hex(std::span(digest).first(size));
}

}  // namespace snom::language
