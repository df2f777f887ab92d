#pragma once

#include "control/event.h"

namespace snom::freeswitch {

/// What of the events FreeSWITCH's log is told: phones that ask for what is not bound to their keys. Control's thread.
class EventLog final : public control::EventSink {
 public:
  void publish(const control::Event& event) override;
};

}  // namespace snom::freeswitch
