#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "asterisk/ami_message.h"
#include "registration/registration.h"

/// How Asterisk lists who is registered. Pure functions.
namespace snom::asterisk {

/// One event ContactList of the action PJSIPShowContacts.
struct ListedContact {
  std::string aor;
  std::string endpoint;
  std::string uri;
  std::string user_agent;
  std::string call_id;
  std::string via_host;  ///< what the phone wrote into its Via: a claim
  std::uint16_t via_port = 0;
  std::int64_t expires = 0;  ///< seconds since 1970
  bool reachable = true;     ///< false: qualify gets no answer
  friend bool operator==(const ListedContact&, const ListedContact&) = default;
};

/// nullopt: it is no contact, or not one that can be sent to: what breaks a line or a header field is left out, and a
/// message in which a name comes twice.
[[nodiscard]] std::optional<ListedContact> read_contact(const AmiMessage& message);

/// Where Asterisk keeps its contacts, where sorcery.conf does not say otherwise: the family of its database, and the
/// key of one in it (res_pjsip/location.c). The key is nullopt where a contact cannot be called so, and where libcrypto
/// refuses MD5.
inline constexpr std::string_view family_of_contacts = "registrar/contact";
[[nodiscard]] std::optional<std::string> key_of_contact(std::string_view aor, std::string_view uri);

/// One event DBGetResponse of the action DBGet with that key; nullopt as above. Nothing is said of being reached.
[[nodiscard]] std::optional<ListedContact> read_stored_contact(const AmiMessage& message);

/// "udp", "tcp", "tls", "ws" of a contact's URI (RFC 3261 section 19.1.1): `transport=`, else udp.
[[nodiscard]] std::string transport_of(std::string_view uri);

/// The address of an endpoint's contact.
class AsteriskAddress final : public registration::Address {
 public:
  AsteriskAddress(std::string of_endpoint, bool is_reachable, bool is_alone)
      : endpoint(std::move(of_endpoint)), reachable(is_reachable), alone(is_alone) {}
  const std::string endpoint;
  const bool reachable;
  const bool alone;  ///< its endpoint's only contact
};

}  // namespace snom::asterisk
