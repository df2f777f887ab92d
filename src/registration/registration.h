#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

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
  using TimePoint = std::chrono::steady_clock::time_point;

  std::string user;          ///< user part of the address of record: "1000"
  std::string domain;        ///< its domain: "example.com"
  std::string profile;       ///< the profile it registered with: "internal"
  std::string contact;       ///< the contact's URI, the Request-URI of what is sent there
  std::string network_host;  ///< address the REGISTER came from, without brackets: "192.0.2.7", "2001:db8::7"
  std::uint16_t network_port = 0;
  std::string transport;   ///< "udp", "tcp" or "tls"
  std::string user_agent;  ///< may be empty
  std::string call_id;     ///< of the REGISTER
  std::string web;         ///< configured address of the phone's web page ("http://host:port"), empty = derive
  TimePoint expires{};     ///< when it ends
  std::shared_ptr<const Address> address = nullptr;  ///< of whoever keeps the registration; may be empty
  bool direct = true;                                ///< false: the registrar saw that it came through a NAT or a proxy

  [[nodiscard]] std::string address_of_record() const { return user + "@" + domain; }
  /// Whole seconds that are left, begun ones too; 0 when it has ended.
  [[nodiscard]] std::int64_t expires_in_s(TimePoint now) const;
};

/// A registration that has been made: it never changes, and all who keep it share it, so that a phone costs one copy.
/// It always points to one; at first to an empty one.
class RegistrationPointer final {
 public:
  RegistrationPointer() : shared_(nobody()) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a value is as good, to who has one.
  RegistrationPointer(Registration made) : shared_(std::make_shared<const Registration>(std::move(made))) {}

  [[nodiscard]] const Registration& operator*() const { return *shared_; }
  [[nodiscard]] const Registration* operator->() const { return shared_.get(); }
  // NOLINTNEXTLINE(google-explicit-constructor): to who only reads, it is the registration.
  [[nodiscard]] operator const Registration&() const { return *shared_; }
  /// Whether it is the very same one, not just an equal one.
  [[nodiscard]] bool operator==(const RegistrationPointer&) const = default;

 private:
  static const std::shared_ptr<const Registration>& nobody();

  std::shared_ptr<const Registration> shared_;
};

}  // namespace snom::registration
