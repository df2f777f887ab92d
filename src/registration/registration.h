#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace snom::registration {

/// How a contact is reached, where its URI alone does not lead there. Read by the adapter that made it and by nobody
/// else.
class Address {
 public:
  virtual ~Address() = default;

 protected:
  Address() = default;
  Address(const Address&) = default;
  Address& operator=(const Address&) = default;
};

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
  std::shared_ptr<const Address> address = nullptr;  ///< of whoever keeps the registration; may be empty
  bool direct = true;                                ///< false: the registrar saw that it came through a NAT or a proxy

  [[nodiscard]] std::string address_of_record() const { return user + "@" + domain; }
};

}  // namespace snom::registration
