#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sip/event_package.h"
#include "sip/server_request.h"

namespace snom::sip {

/// A SUBSCRIBE taken apart (RFC 6665 section 4.1). Who sent it is not proven by it.
struct SubscribeRequest {
  EventPackage package = EventPackage::dialog;
  std::string event_id;                  ///< the Event's parameter id; empty = none
  std::optional<std::uint32_t> expires;  ///< seconds
  bool accepts = true;                   ///< the package's content type is among those of Accept, or there is no Accept
  bool takes_lists =
      false;  ///< it supports notifications of lists (RFC 4662): says `eventlist`, and accepts their types
  bool says_eventlist = false;
  std::string contact;              ///< URI of the Contact: where NOTIFYs go
  std::string instance;             ///< its +sip.instance, quotes included; empty = none
  std::vector<std::string> routes;  ///< values of Record-Route, the nearest proxy to us first
  std::string call_id;
  std::string from_uri;  ///< as in the header, without tag
  std::string from_tag;
  std::string to_uri;
  std::string to_tag;  ///< ours; empty: it begins a subscription
  std::uint32_t cseq = 0;
};

/// Why a SUBSCRIBE cannot be taken, whoever sent it.
struct BadSubscribe {
  int status = 400;
  std::string phrase;  ///< empty = the status's usual one
};

/// 489 for another event package; 400 without what RFC 6665 wants of it (a From tag, one Contact with a SIP URI), and
/// when a part is longer than any phone needs: one subscription holds 4 KiB at most. Pure.
[[nodiscard]] tl::expected<SubscribeRequest, BadSubscribe> read_subscribe(const sip_t* sip);

}  // namespace snom::sip
