#include "sip/nta_glue.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>

// It does not say itself that it is C.
extern "C" {
#include <sofia-sip/tport_plugins.h>
}

#include "language/percent.h"
#include "language/text.h"
#include "sip/library_clock.h"
#include "sip/library_url.h"
#include "sip/shown_as_tls.h"
#include "tls/peer_table.h"

namespace snom::sip {
namespace {

/// Beyond the largest message that is taken (64 KiB).
constexpr std::size_t largest_header = 512 * 1024;

void discard_log(void*, const char*, va_list) {}

// STUN is not spoken here: what comes to the library's STUN server ends in this one, unread and without an answer. Its
// own reads attributes beyond the end, keeps memory for each that it does not know, and answers strangers.
tport_stun_server_t* create_no_stun(su_root_t*, const tagi_t*) {
  static char nothing;
  return reinterpret_cast<tport_stun_server_t*>(&nothing);
}
void destroy_no_stun(tport_stun_server_t*) {}
int no_stun_socket(tport_stun_server_t*, su_socket_t) { return 0; }
void drop_stun(tport_stun_server_t*, su_socket_t, void*, ssize_t, void*, socklen_t) {}

// Absent where the library was built without STUN, and what looks like it is a SIP message that cannot be read.
#pragma weak tport_plug_in_stun_server

constexpr tport_stun_server_vtable_t no_stun{
    sizeof(tport_stun_server_vtable_t) + 1,  // the library wants more than there is
    create_no_stun,
    destroy_no_stun,
    no_stun_socket,
    no_stun_socket,
    drop_stun};

[[nodiscard]] std::uint16_t port_number(std::string_view digits) {
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

/// What `print` writes into a buffer. The size that sofia returns for a buffer too small is a guess, sometimes too
/// small itself: the buffer grows until the text fits.
template <typename Print>
[[nodiscard]] std::string printed(Print print) {
  char fixed[512];
  issize_t size = print(fixed, sizeof fixed);
  if (size >= 0 && static_cast<std::size_t>(size) < sizeof fixed) return {fixed, static_cast<std::size_t>(size)};
  for (std::size_t room = 4 * sizeof fixed; size >= 0 && room <= largest_header; room *= 4) {
    std::string grown(room, '\0');
    size = print(grown.data(), room);
    if (size < 0 || static_cast<std::size_t>(size) >= room) continue;
    grown.resize(static_cast<std::size_t>(size));
    return grown;
  }
  return {};
}

}  // namespace

void initialise_sofia() {
  static std::once_flag once;
  std::call_once(once, [] {
    su_init();
    give_sofia_an_even_clock();
    mend_url_param();
    if (&tport_plug_in_stun_server != nullptr && tport_plug_in_stun_server(&no_stun) < 0)
      throw std::runtime_error("sofia-sip's STUN server stays in its place");
    // Without a debug level asked for by the environment nothing goes to stderr: the programs tell what matters.
    if (std::getenv("SOFIA_DEBUG") == nullptr) su_log_redirect(nullptr, discard_log, nullptr);
  });
}

std::string header_value(const void* header) {
  if (header == nullptr) return {};
  const auto* h = static_cast<const msg_header_t*>(header);
  return printed([h](char* buffer, std::size_t size) { return msg_header_field_e(buffer, size, h, 0); });
}

std::string url_text(const url_t* url) {
  if (url == nullptr) return {};
  return printed([url](char* buffer, std::size_t size) { return url_e(buffer, size, url); });
}

std::string url_user(const url_t* url) {
  if (url == nullptr || url->url_user == nullptr) return {};
  return language::percent_decode(url->url_user);
}

std::string bare_host(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return language::lower_case(host);
}

std::string bracketed(std::string_view host) {
  if (host.find(':') == std::string_view::npos || host.front() == '[') return std::string(host);
  std::string with = "[";
  with.append(host);
  with += ']';
  return with;
}

bool is_transport(std::string_view name) { return name == "udp" || name == "tcp" || name == "tls"; }

std::string TransportAddress::to_string() const { return fmt::format("{}:{}:{}", transport, bracketed(host), port); }

std::string TransportAddress::to_sofia_url() const {
  if (port == 0) return fmt::format("sip:{}:*;transport={}", bracketed(host), transport);
  return fmt::format("sip:{}:{};transport={}", bracketed(host), port, transport);
}

std::string TransportAddress::to_uri() const {
  return fmt::format("sip:{}:{}{}{}", bracketed(host), port,
                     transport == "udp" ? "" : ";transport=", transport == "udp" ? "" : transport);
}

tl::expected<TransportAddress, std::string> parse_transport_address(std::string_view address) {
  const auto refused = [&](std::string_view why) {
    return tl::unexpected(fmt::format(
        "'{}' {} (expected udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT, an IPv6 host in brackets)", address, why));
  };
  TransportAddress parsed;
  const auto first = address.find(':');
  if (first == std::string_view::npos) return refused("names no transport");
  parsed.transport = language::lower_case(address.substr(0, first));
  if (!is_transport(parsed.transport)) return refused("names no transport that is known");

  const std::string_view rest = address.substr(first + 1);
  const auto last = rest.rfind(':');
  if (last == std::string_view::npos) return refused("has no port");
  const std::string_view host = rest.substr(0, last);
  const std::string_view port = rest.substr(last + 1);
  parsed.host = bare_host(host);
  const bool in_brackets = !host.empty() && host.front() == '[';
  if (in_brackets) {
    in6_addr ignored{};
    if (host.back() != ']' || inet_pton(AF_INET6, parsed.host.c_str(), &ignored) != 1)
      return refused("holds no IPv6 address between the brackets");
  } else if (parsed.host.empty() ||
             parsed.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != std::string::npos) {
    return refused("has no usable host");
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || number > 65535)
    return refused("has no port from 0 to 65535");
  parsed.port = static_cast<std::uint16_t>(number);
  return parsed;
}

std::vector<std::string> hosts_to_bind(const std::string& host) {
  const bool v6 = host == "::";
  if (!v6 && host != "0.0.0.0") return {host};
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {host};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, freeifaddrs);
  std::vector<std::string> hosts;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
    char text_form[INET6_ADDRSTRLEN] = "";
    if (!v6 && one->ifa_addr->sa_family == AF_INET) {
      inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text_form, sizeof text_form);
    } else if (v6 && one->ifa_addr->sa_family == AF_INET6) {
      const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr;
      // A link-local address means nothing without its interface, and no phone is given one as its server.
      if (!IN6_IS_ADDR_LINKLOCAL(&address)) inet_ntop(AF_INET6, &address, text_form, sizeof text_form);
    }
    if (text_form[0] != '\0') hosts.emplace_back(text_form);
  }
  return hosts.empty() ? std::vector<std::string>{host} : hosts;
}

std::vector<TransportAddress> bound_addresses(nta_agent_t* agent) {
  std::vector<TransportAddress> addresses;
  for (tport_t* tport = tport_primaries(nta_agent_tports(agent)); tport != nullptr; tport = tport_next(tport)) {
    const tp_name_t* name = tport_name(tport);
    addresses.push_back({language::lower_case(text(name->tpn_proto)), bare_host(text(name->tpn_host)),
                         port_number(text(name->tpn_port))});
  }
  return addresses;
}

TransportAddress source_of(nta_agent_t* agent, msg_t* message) {
  TransportAddress source;
  if (tport_t* by = tport_delivered_by(nta_agent_tports(agent), message); by != nullptr) {
    if (is_shown_as_tls(by)) {
      const tp_name_t* name = tport_name(by);
      const auto peer = tls::peer_at(bare_host(text(name->tpn_host)), port_number(text(name->tpn_port)));
      return peer ? TransportAddress{"tls", bare_host(peer->host), peer->port} : TransportAddress{};
    }
    source.transport = language::lower_case(text(tport_name(by)->tpn_proto));
  }
  const su_sockaddr_t* from = msg_addr(message);
  char host[INET6_ADDRSTRLEN] = "";
  if (from != nullptr && from->su_sa.sa_family == AF_INET) {
    inet_ntop(AF_INET, &from->su_sin.sin_addr, host, sizeof host);
    source.port = ntohs(from->su_sin.sin_port);
  } else if (from != nullptr && from->su_sa.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &from->su_sin6.sin6_addr, host, sizeof host);
    source.port = ntohs(from->su_sin6.sin6_port);
  }
  source.host = host;
  return source;
}

}  // namespace snom::sip
