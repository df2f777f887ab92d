#pragma once

#include <string>
#include <vector>

#include "sip/nta_glue.h"

namespace snom::sip {

/// How the server's agents read requests (NTATAG_MCLASS): as message_class() does, but
///  - Contact and Path keep their URIs as they came, byte for byte, where the library decodes "%3A" to ":" and writes
///    "%3a" as "%3A": a phone knows again only what it wrote (RFC 3261 section 10.2.4). Read them with the functions
///    below; a message made with such an agent takes these headers as plain lines only (plain_line());
///  - bytes of a Request-URI above 0x7f are taken as if they had been escaped, and a Request-URI that cannot be read at
///    all is_unreadable(), where the library drops the request, and the phone would repeat it for 32 s.
/// Made once in a process; any thread.
[[nodiscard]] const msg_mclass_t* server_message_class();

/// A Contact's URI and parameters, as they came.
struct ContactAsWritten {
  std::string uri;  ///< empty for "*"
  std::string expires;
  std::string q;
  std::string instance;  ///< +sip.instance, quotes included
  std::string reg_id;
  bool has_expires = false;
  bool all = false;  ///< "*"
};
[[nodiscard]] std::vector<ContactAsWritten> contacts_as_written(const sip_t* sip);

/// Values of the Path headers, "<sip:192.0.2.1;lr>".
[[nodiscard]] std::vector<std::string> path_as_written(const sip_t* sip);

/// True for what stands in place of a Request-URI that cannot be read: to be answered 400 (RFC 3261 section 21.4.1).
[[nodiscard]] bool is_unreadable(const url_t* request_uri);

/// A header that goes out as it stands: {sip_unknown_class, plain_line("Contact", value)}.
[[nodiscard]] std::string plain_line(std::string_view name, std::string_view value);

/// Sets the parts of `url`, which the library made of this text, back to how the text has them. They live in `home`.
void set_as_written(su_home_t* home, url_t* url, std::string_view uri);

}  // namespace snom::sip
