#pragma once

#include "sip/nta_glue.h"

namespace snom::sip {

/// The class of messages for NTATAG_MCLASS of every agent: SIP's, except that the topmost Via of a request that came in
/// says where it came from (`received`, `rport`) as soon as it is read, whatever was claimed there. So answers go back
/// to the source over UDP (RFC 3581 for every request, also for one that the library refuses by itself), `maddr` leads
/// nowhere else (RFC 3261 section 18.2.2 has it for multicast, which is not served), and no answer needs a name to be
/// resolved. A Via of another transport than the one it came over makes the request one that is not answered. What has
/// too many lines, or lists that are too long, is no message.
/// Any thread; lives as long as the process.
[[nodiscard]] const msg_mclass_t* message_class();

/// For whoever reads the first line of a message in place of this class. False when a datagram has more than 256 lines
/// or 512 commas before its body: it is no message. A stream's message is counted header by header from here on,
/// however it comes, and what is behind too much is not read: the library has it answered 400 and the connection
/// closed. The library puts each header, and each element of a list, behind all others of its kind and goes over them
/// to do so: with 12,000 of them a message would take 0.3 s of the thread that serves everybody.
[[nodiscard]] bool begin_message(su_home_t* message);

/// Whether the sender of a request put `rport` into its topmost Via (RFC 3581), which now has it in any case.
[[nodiscard]] bool asked_for_rport(const sip_via_t* topmost);

}  // namespace snom::sip
