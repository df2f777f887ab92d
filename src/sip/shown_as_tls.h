#pragma once

#include <deque>
#include <memory>
#include <string>

#include "sip/nta_glue.h"
#include "tls/relay.h"

namespace snom::sip {

/// What the library is told of listeners with TLS. They are TCP listeners on 127.0.0.1 to it, and tls::Relay speaks TLS
/// in front of them (docs/decisions/tls-in-front.md). Its Via, in requests and of those that it takes, says TLS and the
/// address that others see. Loop's thread; outlives the agent.
class ShownAsTls final {
 public:
  /// The agent's listening transport is to say so. After the last nta_agent_add_tport(), which makes all Vias anew.
  void show(tport_t* primary, const TransportAddress& at);

 private:
  std::deque<std::string> texts_;  ///< that the library points to
};

/// Of a listening transport, or a connection of one.
[[nodiscard]] bool is_shown_as_tls(const tport_t* tport);

/// The library's URL of a relay's outlet: "sip:127.0.0.1:40000;transport=tcp".
[[nodiscard]] std::string outlet_url(std::uint16_t port);

}  // namespace snom::sip
