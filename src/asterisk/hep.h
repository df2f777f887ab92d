#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Copies of SIP messages as Asterisk's res_hep sends them (HEP version 3, "The Homer Encapsulation Protocol"), and the
/// little of them that is looked at. Pure functions.
namespace snom::asterisk {

/// What a HEP packet carries.
struct HepPacket {
  std::string_view sip;       ///< the SIP message; of the bytes that were read
  std::string_view password;  ///< capture_password; empty when there is none
};

/// nullopt: it is no whole HEP3 packet, or holds no SIP.
[[nodiscard]] std::optional<HepPacket> read_hep(std::string_view packet);

/// What of a copied message ties a phone's answer to what was sent.
struct SipCopy {
  int status = 0;  ///< of a response; 0 = a request
  std::string reason;
  std::string call_id;
  std::string reference;  ///< X-Snom-Ref of a request
};

/// nullopt: it is no MESSAGE or NOTIFY and no final response to one; or a request without a reference.
[[nodiscard]] std::optional<SipCopy> read_copy(std::string_view sip);

/// The header field that names what was sent.
inline constexpr std::string_view reference_header = "X-Snom-Ref";

}  // namespace snom::asterisk
