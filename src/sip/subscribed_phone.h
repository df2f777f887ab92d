#pragma once

#include <vector>

#include "sip/location_table.h"
#include "sip/subscriptions.h"

namespace snom::sip {

/// A registered phone, to tell its subscriptions from those of other phones of its user. Copies: valid for ever.
struct SubscribedPhone {
  std::vector<Binding> flows;   ///< of this phone, at least one
  std::vector<Binding> others;  ///< of the user's other phones
  bool by_proxy = false;        ///< whatever comes in comes by way of a proxy, whose address says nothing of a phone
};

/// Whether the subscription is this phone's. First what names a phone counts: its +sip.instance (RFC 5626) where both
/// say one, then its Contact, which may be another one's. Else the SUBSCRIBE has to have come from where a REGISTER of
/// the phone did. Where no other phone is registered it may be any, unless it is known to be another one's: neither
/// its Contact nor where it came from is the phone's. A proxy hides where it came from; there the Contact alone says
/// so, by its host and port: phones, and proxies behind NAT, write other parameters into that of a SUBSCRIBE. A Contact
/// at the address that the SUBSCRIBE itself came from, the proxy's own, hides that, too. Pure.
[[nodiscard]] bool is_of(const Subscription& subscription, const SubscribedPhone& phone);

}  // namespace snom::sip
