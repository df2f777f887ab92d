#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>

#include <tl/expected.hpp>

/// What the files of this room share to live with sofia-sip. Its own header: only files of this room include it.
///
/// Debian's sofia-sip 1.12.11 and the maintained 1.13 share a SONAME while `struct sip_s` differs from sip_contact on
/// (and `url_type_e` behind url_sips). Read a message's headers with the accessors (`sip_contact(sip)`,
/// `sip_request(sip)`): they look the place up at run time in the message's own class. Never write `sip->sip_...`,
/// never take sizeof(sip_t), and compare url_type with url_sip and url_sips only.
namespace snom::sip {

/// Prepares sofia-sip once in a process, gives it an even clock and silences its logs (set SOFIA_DEBUG to a number for
/// stderr). Any thread.
void initialise_sofia();

/// A memory pool of sofia-sip's, freed with everything in it.
class Home final {
 public:
  Home() : home_(static_cast<su_home_t*>(su_home_new(sizeof(su_home_t)))) {}
  ~Home() { su_home_unref(home_); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  [[nodiscard]] su_home_t* get() const { return home_; }
  operator su_home_t*() const { return home_; }  // NOLINT: it stands for the pool in sofia's calls

 private:
  su_home_t* home_;
};

/// A reference to a message.
struct MessageUnref {
  void operator()(msg_t* message) const { msg_destroy(message); }
};
using MessageRef = std::unique_ptr<msg_t, MessageUnref>;

/// "" for a null pointer: what sofia hands out where a part is absent.
[[nodiscard]] inline std::string_view text(const char* sofia_string) {
  return sofia_string == nullptr ? std::string_view() : std::string_view(sofia_string);
}

/// A header as it goes on the wire, without its name: `"Bob" <sip:bob@example.com>;tag=1`. "" for null.
[[nodiscard]] std::string header_value(const void* header);

/// "sip:1000@127.0.0.1:5060;line=x". "" for null.
[[nodiscard]] std::string url_text(const url_t* url);

/// The URL's user, percent-decoded. "" for null or without a user.
[[nodiscard]] std::string url_user(const url_t* url);

/// Host without brackets in small letters.
[[nodiscard]] std::string bare_host(std::string_view host);

/// "[::1]" for "::1", other hosts as they are.
[[nodiscard]] std::string bracketed(std::string_view host);

/// "udp", "tcp" and "tls".
[[nodiscard]] bool is_transport(std::string_view name);

/// One address to listen on, or to send to.
struct TransportAddress {
  std::string transport;   ///< "udp", "tcp" or "tls"
  std::string host;        ///< without brackets
  std::uint16_t port = 0;  ///< 0 = any free one

  /// "udp:127.0.0.1:5060", "tls:[::1]:5061".
  [[nodiscard]] std::string to_string() const;
  /// "sip:127.0.0.1:5060;transport=udp"; for port 0 "sip:127.0.0.1:*;transport=udp", which nta_agent_add_tport binds to
  /// a free port. Not of TLS, which the library does not speak here (shown_as_tls.h).
  [[nodiscard]] std::string to_sofia_url() const;
  /// "sip:192.0.2.2:5061;transport=tls", as a URI for others; nothing is said of UDP.
  [[nodiscard]] std::string to_uri() const;
  bool operator==(const TransportAddress&) const = default;
};

/// Reads "udp:127.0.0.1:5060", "tcp:[::1]:0", "tls:example.com:5061"; the host is an IP address or a name. The error
/// says what was expected.
[[nodiscard]] tl::expected<TransportAddress, std::string> parse_transport_address(std::string_view address);

/// The hosts to bind to for a configured one: itself, or for "0.0.0.0" and "::" each address of this machine of that
/// family at the moment. One socket an address: an answer leaves from the address that was asked.
[[nodiscard]] std::vector<std::string> hosts_to_bind(const std::string& host);

/// The addresses that an agent is bound to, with real ports, in the order of nta_agent_add_tport.
[[nodiscard]] std::vector<TransportAddress> bound_addresses(nta_agent_t* agent);

/// Where a message came from: numeric host without brackets; by TLS the one at its other end. For a message handed to a
/// callback of this agent. An empty transport: from nobody who may say anything here.
[[nodiscard]] TransportAddress source_of(nta_agent_t* agent, msg_t* message);

/// Destroys an agent's transaction when it goes out of scope unless released.
struct IncomingDestroy {
  void operator()(nta_incoming_t* transaction) const { nta_incoming_destroy(transaction); }
};
using IncomingTransaction = std::unique_ptr<nta_incoming_t, IncomingDestroy>;

struct AgentDestroy {
  void operator()(nta_agent_t* agent) const { nta_agent_destroy(agent); }
};
/// Destroyed on the loop's thread only.
using Agent = std::unique_ptr<nta_agent_t, AgentDestroy>;

}  // namespace snom::sip
