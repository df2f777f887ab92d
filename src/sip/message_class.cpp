#include "sip/message_class.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_string.h>

#include "language/text.h"
#include "tls/peer_table.h"

namespace snom::sip {
namespace {

/// Of a message before its body. No phone sends as many as fifty.
constexpr std::size_t most_lines = 256;
/// The same: each may stand between two elements of a list. Of those that phones send, few have more than twenty.
constexpr std::size_t most_commas = 512;

constexpr std::string_view line_ends = "\r\n";

[[nodiscard]] bool begins_with_line_end(std::string_view rest) {
  return rest.empty() || line_ends.find(rest.front()) != std::string_view::npos;
}

/// How often a byte stands there; memchr() is quicker than a look at each where it is seldom.
[[nodiscard]] std::size_t count_of(std::string_view text, char byte) {
  std::size_t count = 0;
  for (auto at = text.find(byte); at != std::string_view::npos; at = text.find(byte, at + 1)) ++count;
  return count;
}

/// What stands before the body, as far as it has come.
struct Count {
  std::size_t lines = 0;
  std::size_t commas = 0;

  /// Takes a line off the front; false when its end is not there.
  bool add_line(std::string_view& rest) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    line = line.substr(0, line.find('\r'));
    commas += count_of(line, ',');
    rest.remove_prefix(line.size());
    if (rest.empty()) return false;
    ++lines;
    rest.remove_prefix(rest.starts_with(line_ends) ? 2 : 1);
    return true;
  }
  [[nodiscard]] bool too_much() const { return lines > most_lines || commas > most_commas; }
};

constexpr const char* rport_asked = "rport asked for";

/// "SIP/2.0/UDP" of a datagram, "SIP/2.0/TCP" or "SIP/2.0/TLS" of a stream: which of these two, the library looks at,
/// since its listeners say which they are (shown_as_tls.h).
[[nodiscard]] bool fits_transport(std::string_view protocol, int socket_type) {
  const auto slash = protocol.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string transport = language::lower_case(protocol.substr(slash + 1));
  return socket_type == SOCK_DGRAM ? transport == "udp" : transport == "tcp" || transport == "tls";
}

/// By TLS the library sees a relay's port on 127.0.0.1: the message gets the address of who is behind it. (The next one
/// of the same segment has it from the one before.)
void see_through_tls(msg_t* message) {
  su_sockaddr_t* from = msg_addr(message);
  su_addrinfo_t* info = msg_addrinfo(message);
  if (info->ai_socktype != SOCK_STREAM || from->su_sa.sa_family != AF_INET ||
      from->su_sin.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
    return;
  const auto peer = tls::peer_at("127.0.0.1", ntohs(from->su_port));
  if (!peer) return;
  su_sockaddr_t real{};
  if (inet_pton(AF_INET, peer->host.c_str(), &real.su_sin.sin_addr) == 1) {
    real.su_sa.sa_family = AF_INET;
    info->ai_addrlen = sizeof real.su_sin;
  } else if (inet_pton(AF_INET6, peer->host.c_str(), &real.su_sin6.sin6_addr) == 1) {
    real.su_sa.sa_family = AF_INET6;
    info->ai_addrlen = sizeof real.su_sin6;
  } else {
    return;
  }
  real.su_port = htons(peer->port);
  info->ai_family = real.su_sa.sa_family;
  *from = real;
}

void set_parameter(su_home_t* home, msg_common_t* header, const std::string& parameter) {
  msg_header_replace_param(home, header, su_strdup(home, parameter.c_str()));
}

[[nodiscard]] bool is_named(const char* parameter, std::string_view name) {
  const std::string_view whole = parameter;
  const std::string_view written = whole.substr(0, whole.find_first_of("= \t"));
  return written.size() == name.size() && su_casenmatch(written.data(), name.data(), name.size()) != 0;
}

/// The parameter of this name as it is written there, "Maddr"; empty when there is none.
[[nodiscard]] std::string find_parameter(const sip_via_t* via, std::string_view name) {
  for (std::size_t i = 0; via->v_params != nullptr && via->v_params[i] != nullptr; ++i) {
    if (is_named(via->v_params[i], name)) return {via->v_params[i], name.size()};
  }
  return {};
}

/// It may stand there thousands of times: all but one are left out at once, since the library goes over all of them to
/// take out one. That one it takes out, with what it knows of it.
[[nodiscard]] bool remove_all(sip_via_t* via, std::string_view name) {
  const std::string found = find_parameter(via, name);
  if (found.empty()) return true;
  auto* kept = const_cast<msg_param_t*>(via->v_params);
  bool first = true;
  for (const msg_param_t* next = kept; *next != nullptr; ++next) {
    if (is_named(*next, name) && !std::exchange(first, false)) continue;
    *kept++ = *next;
  }
  *kept = nullptr;
  return msg_header_remove_param(via->v_common, found.c_str()) > 0 && find_parameter(via, name).empty();
}

/// False for a Via that must not be answered.
[[nodiscard]] bool name_source(msg_t* message, sip_via_t* via) {
  see_through_tls(message);
  const su_sockaddr_t* from = msg_addr(message);
  char host[INET6_ADDRSTRLEN] = "";
  if (from->su_sa.sa_family == AF_INET) {
    inet_ntop(AF_INET, &from->su_sin.sin_addr, host, sizeof host);
  } else if (from->su_sa.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &from->su_sin6.sin6_addr, host, sizeof host);
  } else {
    return true;  // made here
  }
  if (!fits_transport(text(via->v_protocol), msg_addrinfo(message)->ai_socktype)) return false;
  // A comment is no part of a Via any more and is never sent on (RFC 3261 section 25.1): it carries what was asked.
  via->v_comment = find_parameter(via, "rport").empty() ? nullptr : rport_asked;
  for (const std::string_view claimed : {"maddr", "received", "rport"}) {
    if (!remove_all(via, claimed)) return false;
  }
  set_parameter(msg_home(message), via->v_common, std::string("received=") + host);
  set_parameter(msg_home(message), via->v_common, "rport=" + std::to_string(ntohs(from->su_port)));
  return true;
}

/// Called by the parser only, whose pool is the message.
issize_t read_via(su_home_t* home, msg_header_t* header, char* value, isize_t size) {
  auto* message = reinterpret_cast<msg_t*>(home);
  header->sh_class = sip_via_class;  // to everybody else it is a Via like any other
  const issize_t read = sip_via_class->hc_parse(home, header, value, size);
  const sip_t* sip = sip_object(message);
  if (read < 0 || sip == nullptr || sip_request(sip) == nullptr || sip_via(sip) != nullptr) return read;
  return name_source(message, reinterpret_cast<sip_via_t*>(header)) ? read : -1;
}

/// Called first of a message's lines.
template <msg_hclass_t* LibrarysClass>
issize_t read_first_line(su_home_t* home, msg_header_t* header, char* value, isize_t size) {
  return begin_message(home) ? LibrarysClass->hc_parse(home, header, value, size) : -1;
}

[[nodiscard]] bool is_too_long(std::string_view datagram) {
  // Most are not, with their bodies and with each line's end taken for two.
  if (count_of(datagram, '\n') + count_of(datagram, '\r') <= most_lines && count_of(datagram, ',') <= most_commas) {
    return false;
  }
  datagram.remove_prefix(std::min(datagram.find_first_not_of(line_ends), datagram.size()));
  Count count;
  while (!count.too_much() && count.add_line(datagram) && !begins_with_line_end(datagram)) {
  }
  return count.too_much();
}

/// Called for a stream's message where its next header or its body begins: headers, too, are its body to the library
/// (begin_message()).
issize_t read_on(msg_t* message, msg_pub_t* object, char bytes[], isize_t size, int ended) {
  const auto librarys = sip_default_mclass()->mc_extract_body;
  if (object->msg_user == nullptr || msg_header_access(object, sip_separator_class) != nullptr)
    return librarys(message, object, bytes, size, ended);
  std::string_view rest(bytes, size);
  if (begins_with_line_end(rest)) {
    msg_zap_flags(message, MSG_FLG_BODY);
    return librarys(message, object, bytes, size, ended);
  }
  if (rest.front() == '\0') return -1;  // the library would wait here for something else
  auto* so_far = static_cast<Count*>(object->msg_user);
  Count count = *so_far;
  while (!count.too_much() && count.add_line(rest) && !rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) {
  }
  if (count.too_much()) return -1;
  const issize_t read = msg_extract_header(message, object, bytes, size, ended);
  if (read > 0) *so_far = count;
  return read;
}

template <msg_hclass_t* LibrarysClass>
[[nodiscard]] msg_hclass_t* first_line_class() {
  static msg_hclass_t made = [] {
    msg_hclass_s copy = *LibrarysClass;
    copy.hc_parse = &read_first_line<LibrarysClass>;
    return copy;
  }();
  return &made;
}

[[nodiscard]] const msg_mclass_t* make_message_class() {
  static msg_hclass_t via = [] {
    msg_hclass_s copy = *sip_via_class;
    copy.hc_parse = &read_via;
    return copy;
  }();
  static std::array<msg_href_t, MC_SHORT_SIZE> short_forms{};

  msg_mclass_t* made = msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_copy);
  if (made == nullptr) throw std::bad_alloc();
  // Headers are looked up by name when they are parsed, and by their class when they are accessed. Ours stands before
  // the library's under the same name: it parses, the other is found by the accessors.
  const int size = made->mc_hash_size;
  int place = 0;
  while (place < size && made->mc_hash[place].hr_class != sip_via_class) ++place;
  int free = place;
  while (made->mc_hash[free % size].hr_class != nullptr && free < place + size) ++free;
  if (place == size || free == place + size) std::abort();  // another library than any that this was built for
  made->mc_hash[free % size] = made->mc_hash[place];
  made->mc_hash[place].hr_class = &via;
  ++made->mc_hash_used;
  for (std::size_t i = 0; i < short_forms.size(); ++i) {
    short_forms[i] = made->mc_short[i];
    if (short_forms[i].hr_class == sip_via_class) short_forms[i].hr_class = &via;
  }
  made->mc_short = short_forms.data();
  made->mc_request->hr_class = first_line_class<sip_request_class>();
  made->mc_status->hr_class = first_line_class<sip_status_class>();
  made->mc_extract_body = &read_on;
  return made;
}

}  // namespace

bool begin_message(su_home_t* home) {
  auto* message = reinterpret_cast<msg_t*>(home);
  const auto* data = static_cast<const char*>(msg_buf_committed_data(message));
  if (data == nullptr) return true;  // made here
  const int socket_type = msg_addrinfo(message)->ai_socktype;
  if (socket_type == SOCK_DGRAM) return !is_too_long({data, msg_buf_committed(message)});
  // Copies of what came are kept for the library's own log only, which is for looking for a fault.
  if (socket_type != SOCK_STREAM || msg_get_flags(message, MSG_FLG_EXTRACT_COPY) != 0) return true;
  void* count = su_alloc(home, sizeof(Count));
  if (count == nullptr) return false;
  msg_object(message)->msg_user = new (count) Count{1, 0};
  msg_set_flags(message, MSG_FLG_BODY);
  return true;
}

bool asked_for_rport(const sip_via_t* via) { return via->v_comment == rport_asked; }

const msg_mclass_t* message_class() {
  static const msg_mclass_t* made = make_message_class();
  return made;
}

}  // namespace snom::sip
