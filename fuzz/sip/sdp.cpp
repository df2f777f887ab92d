#include "sip/sdp.h"

#include "targets.h"

namespace snom::fuzz {

/// An offer.
void sdp(std::string_view input) {
  const sip::LocalMedia local{"127.0.0.1", 40000, 7, 1, sip::MediaDirection::sendrecv};
  const auto answer = sip::sdp_answer(input, local);
  if (!answer) return;
  must(answer->text.starts_with("v=0\r\n"), "an answer begins as a description");
  must(answer->text.ends_with("\r\n"), "an answer's last line has an end");
  for (std::string_view rest = answer->text; !rest.empty();) {
    const auto line = take_line(rest);
    must(line.size() >= 3 && line[1] == '=' && line.back() == '\r', "an answer is made of lines <type>=<value>");
    must(line.find('\0') == std::string_view::npos, "an answer has no NUL");
  }
  must(sip::sdp_answer(answer->text, local).has_value(), "an answer could be an offer");
}

}  // namespace snom::fuzz
