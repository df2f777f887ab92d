#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/nta_glue.h"
#include "sip/server_request.h"

namespace snom::sip {

/// What a phone answers to requests, in a dialog and outside of one. Pure.
constexpr const char* phone_methods = "INVITE, ACK, CANCEL, BYE, REFER, OPTIONS, NOTIFY, MESSAGE, INFO";
constexpr const char* phone_events = "check-sync, message-summary, xml, talk, hold";

struct PhoneAnswer {
  int status = 200;
  std::string phrase;  ///< empty = the usual one
  std::vector<ReplyHeader> headers;
};

/// All that follows from the status, so that a repetition is answered alike though only the status was kept. `accepts`:
/// content types of MESSAGE and NOTIFY.
[[nodiscard]] PhoneAnswer phone_answer(sip_method_t method, int status, const std::string& accepts);

/// The answer to a request that cannot be taken whatever it says: it requires an extension (420, RFC 3261 section
/// 8.2.2.3), or its body is encoded or to be used in a way that is not known and is not optional (415, section 8.2.3).
/// nullopt for one that can, and for ACK and CANCEL.
[[nodiscard]] std::optional<PhoneAnswer> refused_beforehand(const sip_t* request);

/// The body; empty when it is one that may be passed over and is not understood.
[[nodiscard]] std::string_view body_of(const sip_t* message);

/// "application/sdp" in small letters, without parameters; empty when there is none.
[[nodiscard]] std::string content_type_of(const sip_t* message);

/// Answers a transaction with a To tag of its own or its dialog's.
void reply(nta_incoming_t* transaction, const PhoneAnswer& answer, const std::string& server_name);

}  // namespace snom::sip
