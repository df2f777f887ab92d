#include "asterisk/hep.h"

#include "targets.h"

namespace snom::fuzz {

/// A packet as it comes; and the same bytes as the SIP in one.
void hep(std::string_view input) {
  const auto packet = asterisk::read_hep(input);
  if (packet) {
    must(!packet->sip.empty() && packet->sip.size() < input.size(), "what is carried is less than the packet");
    must(packet->sip.data() >= input.data() && packet->sip.data() + packet->sip.size() <= input.data() + input.size(),
         "what is carried lies in the packet");
  }
  const auto copy = asterisk::read_copy(packet ? packet->sip : input);
  if (!copy) return;
  must(!copy->call_id.empty(), "a copy names its Call-ID");
  must(copy->status == 0 || (copy->status >= 200 && copy->status < 700), "an answer is a final one");
  must((copy->status == 0) == !copy->reference.empty(), "only requests name what was sent");
  must_be_one_line(copy->reason);
}

}  // namespace snom::fuzz
