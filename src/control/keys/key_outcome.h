#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/event.h"

/// What the contacts' answers mean for keys that were sent to them. Pure functions.
namespace snom::control {

enum class Delivery {
  confirmed,   ///< at least one contact answered 2xx
  sent,        ///< none did, but at least one was sent it by who does not tell how phones answer
  refused,     ///< every contact answered, none with 2xx
  unanswered,  ///< none answered 2xx, and at least one did not answer
};
[[nodiscard]] Delivery delivery(const std::vector<ContactOutcome>& contacts);

/// "key 2 of 1000@example.com not set", "keys 2, 3 of ...".
[[nodiscard]] std::string not_set(const std::vector<std::string>& keys, std::string_view address_of_record);

/// What a reply "+OK ..." says of its way: " [notify]" when a phone took it as a LED and none in the usual way,
/// " [subscription]" when what took it is what keys subscribed to, " [subscription sent]", " [notify sent]" and
/// " [sent]" when how phones answered is not told; empty for the usual way.
[[nodiscard]] std::string_view way_of(const std::vector<ContactOutcome>& contacts);

/// "+OK <arguments>", and by which channel if that is not x-buttons, or "-ERR key 2 of 1000@example.com not set: " and
/// what each contact said.
[[nodiscard]] std::string keys_reply(std::string_view shown_arguments, const std::vector<std::string>& keys,
                                     std::string_view address_of_record, const std::vector<ContactOutcome>& contacts);

}  // namespace snom::control
