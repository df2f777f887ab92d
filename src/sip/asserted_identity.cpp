#include "sip/asserted_identity.h"

#include <sofia-sip/sip_extra.h>

#include <optional>
#include <string_view>

#include "language/text.h"

namespace snom::sip {
namespace {

[[nodiscard]] bool is_sip(const url_t* url) { return url->url_type == url_sip || url->url_type == url_sips; }

[[nodiscard]] tl::unexpected<std::string> nobody(std::string_view why) {
  return tl::unexpected<std::string>(std::string(why));
}

}  // namespace

tl::expected<NamedUser, std::string> sender_by_proxy(const sip_t* request, ProxyTrust::Identity identity) {
  std::optional<NamedUser> asserted;
  bool there = false;
  const Home home;
  // No header that the library knows in all its versions.
  for (const sip_unknown_t* header = sip_unknown(request); header != nullptr; header = header->un_next) {
    if (!language::equal_ignoring_case(text(header->un_name), "P-Asserted-Identity")) continue;
    there = true;
    const auto* value = sip_p_asserted_identity_make(home, header->un_value == nullptr ? "" : header->un_value);
    if (value == nullptr) return nobody("a P-Asserted-Identity that cannot be read");
    for (; value != nullptr; value = value->paid_next) {
      if (!is_sip(value->paid_url)) continue;
      if (asserted) return nobody("a P-Asserted-Identity that names several");
      asserted = NamedUser{url_user(value->paid_url), bare_host(text(value->paid_url->url_host))};
    }
  }
  if (there && !asserted) return nobody("a P-Asserted-Identity without a SIP URI");
  if (!there && identity == ProxyTrust::Identity::asserted) return nobody("no P-Asserted-Identity");
  if (!there) {
    const url_t* from = sip_from(request)->a_url;
    asserted = NamedUser{url_user(from), bare_host(text(from->url_host))};
  }
  if (!is_user_name(asserted->user)) return nobody("no user's name");
  return *asserted;
}

}  // namespace snom::sip
