#include "language/message_digest.h"

#include <array>

#include <openssl/evp.h>

#include "language/hex.h"

namespace snom::language {

std::string message_digest(DigestAlgorithm algorithm, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* type = algorithm == DigestAlgorithm::sha256 ? EVP_sha256() : EVP_md5();
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, type, nullptr) != 1) return {};
  return to_hex({digest.data(), size});
}

}  // namespace snom::language
