#pragma once

#include "sip/nta_glue.h"
#include "sip/reg_subscriptions.h"

namespace snom::sip {

/// What an answer to a SUBSCRIBE says, without status and reason. Pure.
[[nodiscard]] RegSubscriptions::Answer read_subscribe_answer(const sip_t* answer);

/// What a NOTIFY says. Pure.
[[nodiscard]] RegSubscriptions::Notify read_notify(const sip_t* request);

}  // namespace snom::sip
