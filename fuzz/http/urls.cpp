#include "control/remote/phone_address.h"
#include "http/listen_address.h"
#include "http/origin.h"
#include "http/server.h"
#include "targets.h"

namespace snom::fuzz {

/// A URL, an address or a query on the first line; where it redirects to on the second.
void urls(std::string_view input) {
  const std::string first(take_line(input));
  const std::string second(input);

  const auto origin = http::read_origin(first);
  if (!origin) {
    must_be_one_line(origin.error());
  } else {
    must(origin->scheme == "http" || origin->scheme == "https", "only http and https are asked");
    must(!origin->host.empty() && !origin->port.empty(), "who is asked has a host and a port");
    // The library decodes a host once more each time that it is read.
    const bool same = origin->host.find('%') != std::string::npos || http::read_origin(origin->text() + "/") == *origin;
    must(same, "an origin is that of its own URL");
    if (const auto redirected = http::redirected_url(first, second); redirected) {
      must(http::read_origin(*redirected).has_value(), "a redirection leads where one can ask");
    } else {
      must_be_one_line(redirected.error());
    }
  }
  if (const auto address = http::parse_listen_address(first); address) must(!address->host.empty(), "a host is named");
  const auto phone = control::parse_phone_address(first);
  if (const auto* web = phone ? std::get_if<control::WebAddress>(&*phone) : nullptr; web != nullptr) {
    must(http::read_origin(web->base + "/").has_value(), "a phone's page can be asked");
    must(control::shown_url(web->base).size() <= web->base.size(), "a URL is shown as it is, or less of it");
  }
  for (const auto& [name, value] : http::parse_query(first))
    must(name.size() + value.size() <= first.size(), "decoding makes nothing longer");
}

}  // namespace snom::fuzz
