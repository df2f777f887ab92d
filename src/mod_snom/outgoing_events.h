#pragma once

#include "control/event.h"
#include "mod_snom/presence_keys.h"

namespace snom::freeswitch {

/// control's events as FreeSWITCH's: CUSTOM snom::button, snom::keys and snom::press. Control's thread.
class OutgoingEvents final : public control::EventSink {
 public:
  static constexpr const char* button = "snom::button";
  static constexpr const char* keys = "snom::keys";
  static constexpr const char* press = "snom::press";

  void publish(const control::Event& event) override;
};

/// Has mod_sofia notify whoever subscribed to this key (PRESENCE_IN of protocol `snom`). Any thread.
void tell_presence(const PresenceKeys::Presence& presence);

}  // namespace snom::freeswitch
