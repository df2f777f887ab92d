#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/error.h"

namespace snom::language {

/// Content-Type and Event of registration information (RFC 3680 sections 4.1 and 4.2).
inline constexpr std::string_view reginfo_content_type = "application/reginfo+xml";
inline constexpr std::string_view reginfo_event = "reg";

/// One contact of an address of record (RFC 3680 section 5.2.3).
struct RegInfoContact {
  std::string id;                        ///< of this contact from one document to the next; never empty
  bool active = true;                    ///< state: false = terminated
  std::string event;                     ///< why it is in this state: "registered", "expired" ...; as written
  std::string uri;                       ///< never empty; without blanks, control characters, '<' and '>'
  std::optional<std::uint32_t> expires;  ///< seconds that are left
  std::string q;
  std::string call_id;   ///< of the REGISTER; may be empty
  std::string instance;  ///< unknown-param +sip.instance, with its quotes; may be empty
  // Attributes of Kamailio's (pua_reginfo), empty elsewhere.
  std::string user_agent;  ///< of the phone, cut after 200 bytes
  std::string received;    ///< URI of where the REGISTER came from; as `uri`
  std::string path;        ///< values of Path (RFC 3327), separated by commas
  bool operator==(const RegInfoContact&) const = default;
};

/// One address of record (section 5.2.2).
struct RegInfoRegistration {
  std::string aor;  ///< its URI
  std::string id;   ///< never empty
  std::vector<RegInfoContact> contacts;
  bool operator==(const RegInfoRegistration&) const = default;
};

/// A registration information document (section 5).
struct RegInfo {
  std::uint32_t version = 0;
  bool full = true;  ///< state: false = partial: only what has changed
  std::vector<RegInfoRegistration> registrations;
  bool operator==(const RegInfo&) const = default;
};

/// Reads a document of at most 64 KiB, 4096 elements and 8 levels in UTF-8, without DOCTYPE and control characters.
/// Elements and attributes that are not known are passed over (section 5.3), and so are prefixes of names. The error
/// says in one line what is wrong. Pure.
[[nodiscard]] tl::expected<RegInfo, Error> parse_reginfo(std::string_view text);

}  // namespace snom::language
