#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace snom::control {

/// One contact under which a phone can be reached (RFC 3261 section 10), as the commands see it.
struct Registration {
  std::string user;          ///< user part of the address of record: "1000"
  std::string domain;        ///< its domain: "example.com"
  std::string profile;       ///< the profile it registered with: "internal"
  std::string contact;       ///< the contact's URI, the Request-URI of what is sent there
  std::string network_host;  ///< address the REGISTER came from, without brackets: "192.0.2.7", "2001:db8::7"
  std::uint16_t network_port = 0;
  std::string transport;          ///< "udp" or "tcp"
  std::string user_agent;         ///< may be empty
  std::string call_id;            ///< of the REGISTER
  std::string web;                ///< configured address of the phone's web page ("http://host:port"), empty = derive
  std::int64_t expires_in_s = 0;  ///< seconds until the registration ends
  std::string route = {};         ///< URI that requests are sent to instead of `contact` (NAT, proxy); empty = contact
  bool direct = true;             ///< false: the registrar saw that it came through a NAT or a proxy

  [[nodiscard]] std::string address_of_record() const { return user + "@" + domain; }
};

/// Where phones are registered. Called on control's thread; answers at once.
class Directory {
 public:
  virtual ~Directory() = default;

  /// What a user typed before "user": empty or "*" means any.
  struct Query {
    std::string profile;
    std::string user;
    std::string domain;
  };

  /// All contacts that match, empty if nobody is registered. The error (what, why; for an administrator) tells of an
  /// unknown profile and lists those that exist.
  [[nodiscard]] virtual tl::expected<std::vector<Registration>, std::string> find(const Query& query) const = 0;

  /// The address of record that a query means, whether a phone is registered under it or not; nullopt: there is no such
  /// account, or there are several.
  [[nodiscard]] virtual std::optional<std::string> account(const Query& query) const = 0;

  /// Everybody, for lists.
  [[nodiscard]] virtual std::vector<Registration> all() const = 0;
};

}  // namespace snom::control
