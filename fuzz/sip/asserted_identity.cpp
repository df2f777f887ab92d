#include "sip/asserted_identity.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_parser.h>

#include <string>

#include "sip/as_written.h"
#include "targets.h"

namespace snom::fuzz {

/// Header lines of a MESSAGE that a proxy passed on.
void asserted_identity(std::string_view input) {
  std::string text =
      "MESSAGE sip:open@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa\r\n"
      "From: <sip:mallory@example.com>;tag=a\r\nTo: <sip:open@example.com>\r\nCall-ID: a\r\nCSeq: 1 MESSAGE\r\n";
  text.append(input).append("\r\n\r\n");
  const sip::MessageRef message(
      msg_make(sip::server_message_class(), 0, text.data(), static_cast<ssize_t>(text.size())));
  if (message == nullptr) return;
  const sip_t* request = sip_object(message.get());
  if (request == nullptr || sip_request(request) == nullptr || sip_from(request) == nullptr) return;
  using Identity = sip::ProxyTrust::Identity;
  const auto asserted = sip::sender_by_proxy(request, Identity::asserted);
  const auto from = sip::sender_by_proxy(request, Identity::from);
  if (asserted) {
    must(sip::is_user_name(asserted->user), "who is asserted has a user's name");
    must(from && *from == *asserted, "From is no way around what is asserted");
  } else {
    must_be_one_line(asserted.error());
  }
}

}  // namespace snom::fuzz
