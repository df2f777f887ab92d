#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "registration/registration.h"

namespace snom::registration {

/// A binding (RFC 3261 section 10.3) as it is kept outside of the registrar's memory, so that another node can go on
/// with it: all that is needed to send to the phone, and to judge its next REGISTER.
struct KeptBinding {
  using TimePoint = Registration::TimePoint;

  /// What is kept of the registration: all but `web`, which is configured at each node, and `address`, which is of one
  /// process. `contact` is byte for byte what the phone wrote.
  RegistrationPointer phone;
  std::string instance;  ///< +sip.instance, quotes included; empty = none (RFC 5626)
  unsigned reg_id = 0;   ///< 0 = none
  std::string q;
  std::uint32_t cseq = 0;     ///< of the REGISTER that set it last
  TimePoint registered_at{};  ///< when that REGISTER came
  std::string next_hop;       ///< where requests to it are sent: "udp:192.0.2.2:5060"; empty: over a connection only
  bool proxied = false;       ///< a proxy passed it on
  std::vector<std::string> path;  ///< values of Path (RFC 3327), the proxy nearest to the registrar first
  std::uint64_t life = 0;         ///< of the node that took it (nodes::Epoch); 0 = not known
};

/// That a binding is no more, or none of an address of record is in a profile.
struct RemovedBinding {
  using TimePoint = Registration::TimePoint;

  std::string address_of_record;  ///< "1000@example.com"
  std::string profile;
  std::string contact;  ///< empty: every contact
  std::string instance;
  unsigned reg_id = 0;
  std::string call_id;     ///< of the REGISTER that removed it
  std::uint32_t cseq = 0;  ///< likewise
  TimePoint removed_at{};
};

/// Who keeps bindings for other nodes. Is told by the registrar, and never makes it wait: what cannot be written now is
/// written later, or, where too much waits, given up until the phone's next REGISTER.
class BindingKeeper {
 public:
  virtual ~BindingKeeper() = default;
  /// A REGISTER made or refreshed it. Any thread; in the order in which it happened.
  virtual void keep(KeptBinding binding) = 0;
  /// By its phone, or in favour of another one; not those whose time is over. Any thread, likewise.
  virtual void remove(RemovedBinding removed) = 0;
};

}  // namespace snom::registration
