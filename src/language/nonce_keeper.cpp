#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "language/digest.h"
#include "language/hex.h"
#include "language/secret.h"

namespace snom::language {
namespace {

// A nonce is 64 hex digits: 16 of the time it was made at (nanoseconds), 16 of its sequence, 32 of the seal over both.
constexpr std::size_t number_digits = 16;
constexpr std::size_t seal_digits = 32;
constexpr std::size_t nonce_digits = 2 * number_digits + seal_digits;

/// Credentials without qop count nothing: their one use takes the nonce's last count.
constexpr std::uint32_t used_up = std::numeric_limits<std::uint32_t>::max();

std::string sixteen_hex_digits(std::uint64_t number) {
  std::array<unsigned char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * (7 - i)));
  return to_hex(bytes);
}

template <typename Number>
Number read_hex(std::string_view digits) {
  Number number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

/// Half an HMAC-SHA256 in hex (128 bits are out of anyone's reach); empty when libcrypto fails, which seals nothing.
std::string seal(const std::string& secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), data, text.size(), code.data(), &size) ==
      nullptr) {
    return {};
  }
  return to_hex({code.data(), seal_digits / 2});
}

struct Nonce {
  std::chrono::nanoseconds made;  ///< since the clock's epoch
  std::uint64_t sequence;
};

/// Of a nonce whose seal was seen to be ours.
std::uint64_t sequence_of(std::string_view nonce) {
  return read_hex<std::uint64_t>(nonce.substr(number_digits, number_digits));
}

/// nullopt unless the seal is this secret's.
std::optional<Nonce> open_nonce(const std::string& secret, std::string_view nonce) {
  if (nonce.size() != nonce_digits) return std::nullopt;
  const auto sealed = nonce.substr(0, 2 * number_digits);
  const auto expected = seal(secret, sealed);
  if (expected.size() != seal_digits || !same_secret(expected, nonce.substr(sealed.size()))) return std::nullopt;
  const auto made = static_cast<std::int64_t>(read_hex<std::uint64_t>(sealed.substr(0, number_digits)));
  return Nonce{std::chrono::nanoseconds(made), sequence_of(nonce)};
}

std::uint32_t count_of(const DigestCredentials& credentials) {
  return credentials.qop_auth ? read_hex<std::uint32_t>(credentials.nc) : used_up;
}

}  // namespace

NonceKeeper::NonceKeeper(std::string secret, std::chrono::seconds lifetime, std::size_t remembered)
    : secret_(std::move(secret)), lifetime_(lifetime), remembered_(remembered) {}

std::string NonceKeeper::make(TimePoint now) {
  const auto made = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  const auto numbers = sixteen_hex_digits(static_cast<std::uint64_t>(made)) + sixteen_hex_digits(sequence_++);
  return numbers + seal(secret_, numbers);
}

NonceKeeper::Verdict NonceKeeper::check(const DigestCredentials& credentials, TimePoint now) const {
  const auto nonce = open_nonce(secret_, credentials.nonce);
  if (!nonce) return Verdict::foreign;
  if (now.time_since_epoch() - nonce->made > lifetime_ || nonce->sequence < forgotten_below_) return Verdict::stale;
  const auto seen = last_count_.find(nonce->sequence);
  const std::uint32_t last = seen == last_count_.end() ? 0 : seen->second;
  const bool fresh = credentials.qop_auth ? count_of(credentials) > last : last == 0;
  return fresh ? Verdict::good : Verdict::stale;
}

NonceKeeper::Verdict NonceKeeper::use(const DigestCredentials& credentials, TimePoint now) {
  const auto verdict = check(credentials, now);
  if (verdict != Verdict::good) return verdict;
  last_count_[sequence_of(credentials.nonce)] = count_of(credentials);
  while (last_count_.size() > remembered_) {
    // A nonce whose count is forgotten could be replayed: it and all older ones are stale from now on.
    forgotten_below_ = last_count_.begin()->first + 1;
    last_count_.erase(last_count_.begin());
  }
  return verdict;
}

}  // namespace snom::language
