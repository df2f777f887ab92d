#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sip/fingerprint.h"
#include "sip/nta_glue.h"

namespace snom::sip {

/// A header of a response, by its class: {sip_contact_class, "<sip:...>;expires=60"}.
struct ReplyHeader {
  msg_hclass_t* header;
  std::string value;
};

/// One request under handling, answered at most once and without keeping anything of it (a stateless server, RFC 3261
/// section 8.2.7): a flood costs no memory. Let go unanswered, it is dropped. Lives in the callback it came with.
class ServerRequest final {
 public:
  /// Takes the message over.
  ServerRequest(nta_agent_t* agent, msg_t* message, sip_t* sip, std::string_view server_name);

  [[nodiscard]] const sip_t* sip() const { return sip_; }
  [[nodiscard]] sip_method_t method() const;
  [[nodiscard]] std::string_view method_name() const;
  [[nodiscard]] const url_t* uri() const;
  [[nodiscard]] const TransportAddress& source() const { return source_; }

  /// The same for a request and its repetitions, and for the CANCEL of an INVITE with method "INVITE": Request-URI,
  /// branch, sender, From, To, Call-ID, CSeq (RFC 3261 sections 17.2.3 and 9.2, and for those without a proper branch
  /// the older rules).
  [[nodiscard]] std::string transaction_key(std::string_view of_method) const;

  /// SHA-256 of the whole message, its credentials and its body too: the same for a repetition and for nothing else.
  [[nodiscard]] Fingerprint fingerprint() const;

  /// Name (TPTAG_IDENT) of the listening socket that the request came in at.
  [[nodiscard]] std::string listener() const;

  /// The connection the request came over, kept alive while held; null for UDP.
  [[nodiscard]] std::shared_ptr<void> connection() const;

  /// With an empty phrase the status's usual one.
  void answer(int status, const std::string& phrase = {}, const std::vector<ReplyHeader>& headers = {});
  [[nodiscard]] bool answered() const { return message_ == nullptr; }

  /// The To tag of answers to a request that has none: it begins a dialog, whose local tag this is.
  [[nodiscard]] std::string to_tag() const;

 private:
  nta_agent_t* agent_;
  MessageRef message_;
  sip_t* sip_;
  TransportAddress source_;
  std::string_view server_name_;
};

}  // namespace snom::sip
