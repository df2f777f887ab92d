#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace snom::sip {

/// What a profile believes of requests that a proxy passed on. Only what such a proxy sent itself: who it is, is the
/// address that a packet or connection came from, never what a header says.
struct ProxyTrust {
  /// Whose word is taken as to who pressed a key.
  enum class Identity {
    asserted,  ///< P-Asserted-Identity (RFC 3325), which the proxy adds, and takes out of what phones send
    from,      ///< From where nothing is asserted: of a proxy that lets nobody write another's
  };

  std::vector<std::string> addresses;  ///< IP addresses, without brackets
  Identity identity = Identity::asserted;

  [[nodiscard]] bool includes(std::string_view source_host) const;
  bool operator==(const ProxyTrust&) const = default;
};

/// Whether a user's name that a proxy vouches for can be one here: as in the configuration, UTF-8 without blanks and
/// without / @ * , ; " < >, at most 64 bytes.
[[nodiscard]] bool is_user_name(std::string_view user);

}  // namespace snom::sip
