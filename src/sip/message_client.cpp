#include "sip/message_client.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sofia-sip/msg_addr.h>

#include "control/contact.h"
#include "language/percent.h"
#include "language/refused.h"
#include "runtime/guard.h"
#include "sip/as_written.h"
#include "sip/read_notify.h"
#include "sip/shown_as_tls.h"
#include "sip/sip_uri.h"
#include "sip/token.h"

namespace snom::sip {
namespace {

/// How long after the limit the library is trusted to end a transaction itself.
constexpr std::chrono::milliseconds grace{500};

[[nodiscard]] std::string seconds_text(std::chrono::milliseconds limit) {
  return fmt::format("{:g} s", static_cast<double>(limit.count()) / 1000.0);
}

/// "Connection refused" as part of a sentence.
[[nodiscard]] std::string uncapitalised(std::string phrase) {
  if (phrase.size() > 1 && std::islower(static_cast<unsigned char>(phrase[1])) != 0)
    phrase[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(phrase[0])));
  return phrase;
}

/// RFC 3261 section 21.5.7: the status of what is longer than the way takes, whoever finds that out.
constexpr int message_too_large = 513;
/// Bytes of a UDP datagram over IPv4.
constexpr std::size_t longest_datagram = 65507;

[[nodiscard]] std::string too_long() { return uncapitalised(std::strerror(EMSGSIZE)); }

/// Bytes of such a request, about.
[[nodiscard]] std::size_t size_of(const MessageClient::Route& route, const MessageClient::InDialog& dialog,
                                  const MessageClient::Notify& notify) {
  std::size_t size = 512;  // what is the same in all
  for (const std::string& value : route.path) size += value.size();
  for (const std::string* text : {&dialog.target, &dialog.from, &dialog.to, &dialog.call_id, &dialog.contact,
                                  &notify.event, &notify.content_type, &notify.body})
    size += text->size();
  return size;
}

template <typename Header>
void insert(msg_t* message, sip_t* sip, Header* header) {
  msg_header_insert(message, reinterpret_cast<msg_pub_t*>(sip), reinterpret_cast<msg_header_t*>(header));
}

void insert_contact(msg_t* message, sip_t* sip, const MessageClient::Route& route) {
  std::string contact = "<" + route.contact + ">";
  if (route.contact.empty()) contact = header_value(nta_agent_contact(route.agent));
  if (contact.empty()) return;
  insert(message, sip, sip_unknown_make(msg_home(message), plain_line("Contact", contact).c_str()));
}

/// Cut, as that of a REGISTER is.
[[nodiscard]] std::string user_agent_of(const sip_t* answer) {
  constexpr std::size_t longest = 200;
  if (answer == nullptr) return {};
  const sip_user_agent_t* agent = sip_user_agent(answer);
  const sip_server_t* server = sip_server(answer);
  const char* said = nullptr;
  if (server != nullptr) said = server->g_string;
  if (agent != nullptr) said = agent->g_string;
  return std::string(text(said).substr(0, longest));
}

}  // namespace

struct MessageClient::Pending {
  MessageClient& client;
  std::uint64_t id;
  Answered done;
  nta_outgoing_t* transaction = nullptr;
  std::uint16_t outlet = 0;
  const tls::Relay* relay = nullptr;

  ~Pending() {
    if (transaction != nullptr) nta_outgoing_destroy(transaction);
  }
  Pending(MessageClient& of, std::uint64_t number, Answered then) : client(of), id(number), done(std::move(then)) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
};

MessageClient::MessageClient(EventLoop& loop, std::chrono::milliseconds answer_timeout, std::string user_agent)
    : loop_(loop),
      answer_timeout_(answer_timeout),
      user_agent_(std::move(user_agent)),
      no_answer_("no answer within " + seconds_text(answer_timeout)) {}

MessageClient::~MessageClient() { stop("stopping"); }

void MessageClient::send(const Route& route, const control::OutgoingMessage& message, const std::string& call_id,
                         Done done) {
  const bool notify = !message.event.empty();
  const Method method = notify ? Method{sip_method_notify, "NOTIFY"} : Method{sip_method_message, "MESSAGE"};
  MessageRef request = compose(route, method, *message.to, message.from_user, call_id);
  if (request != nullptr) {
    sip_t* sip = sip_object(request.get());
    su_home_t* home = msg_home(request.get());
    if (notify) {
      // As mod_sofia and provisioning servers do: there is no subscription, so this ends it. RFC 6665 wants all three
      // headers.
      insert(request.get(), sip, sip_event_make(home, message.event.c_str()));
      insert(request.get(), sip, sip_subscription_state_make(home, "terminated;reason=noresource"));
      insert_contact(request.get(), sip, route);
    }
    if (!message.content_type.empty()) {
      insert(request.get(), sip, sip_content_type_make(home, message.content_type.c_str()));
      insert(request.get(), sip, sip_payload_create(home, message.body.data(), message.body.size()));
    }
  }
  start(route, std::move(request), message.to->contact,
        [done = std::move(done)](control::SipOutcome outcome, const sip_t*) { done(std::move(outcome)); });
}

void MessageClient::notify(const Route& route, const InDialog& dialog, const Notify& notify, Done done) {
  // The library would try TCP, which nobody listens for.
  if (route.next_hop.transport == "udp" && size_of(route, dialog, notify) > longest_datagram)
    return done({message_too_large, too_long()});
  MessageRef request(nta_msg_create(route.agent, 0));
  sip_t* sip = sip_object(request.get());
  su_home_t* home = sip == nullptr ? nullptr : msg_home(request.get());
  const auto* target = reinterpret_cast<const url_string_t*>(dialog.target.c_str());
  auto* line = sip == nullptr ? nullptr : sip_request_create(home, sip_method_notify, "NOTIFY", target, nullptr);
  if (line == nullptr) {
    request.reset();
  } else {
    set_as_written(home, line->rq_url, dialog.target);
    insert(request.get(), sip, line);
    for (const std::string& value : route.path)
      insert(request.get(), sip, sip_unknown_make(home, plain_line("Route", value).c_str()));
    insert(request.get(), sip, sip_max_forwards_make(home, "70"));
    insert(request.get(), sip, sip_from_make(home, dialog.from.c_str()));
    insert(request.get(), sip, sip_to_make(home, dialog.to.c_str()));
    insert(request.get(), sip, sip_call_id_make(home, dialog.call_id.c_str()));
    insert(request.get(), sip, sip_cseq_create(home, dialog.cseq, sip_method_notify, "NOTIFY"));
    insert(request.get(), sip, sip_unknown_make(home, plain_line("Contact", dialog.contact).c_str()));
    insert(request.get(), sip, sip_event_make(home, notify.event.c_str()));
    insert(request.get(), sip, sip_subscription_state_make(home, notify.subscription_state.c_str()));
    insert(request.get(), sip, sip_user_agent_make(home, user_agent_.c_str()));
    if (!notify.require.empty()) insert(request.get(), sip, sip_require_make(home, notify.require.c_str()));
    insert(request.get(), sip, sip_content_type_make(home, notify.content_type.c_str()));
    insert(request.get(), sip, sip_payload_create(home, notify.body.data(), notify.body.size()));
  }
  start(route, std::move(request), dialog.target, [done = std::move(done)](control::SipOutcome outcome, const sip_t*) {
    if (outcome.status == 0 && outcome.reason == too_long()) outcome.status = message_too_large;
    done(std::move(outcome));
  });
}

void MessageClient::ask(const Route& route, const registration::RegistrationPointer& phone, Asked done) {
  MessageRef request = compose(route, {sip_method_options, "OPTIONS"}, *phone, {}, random_token());
  if (request != nullptr) insert_contact(request.get(), sip_object(request.get()), route);
  start(route, std::move(request), phone->contact,
        [done = std::move(done)](control::SipOutcome outcome, const sip_t* answer) {
          done(std::move(outcome), user_agent_of(answer));
        });
}

void MessageClient::subscribe(const Route& route, const registration::Registration& watched,
                              const RegSubscriptions::Subscribe& what, const std::string& from,
                              std::function<void(RegSubscriptions::Answer)> done) {
  MessageRef request = compose(route, {sip_method_subscribe, "SUBSCRIBE"}, watched, {}, what.call_id, what.cseq);
  if (request != nullptr) {
    sip_t* sip = sip_object(request.get());
    su_home_t* home = msg_home(request.get());
    // compose() makes the tag of From the Call-ID.
    if (!what.to_tag.empty()) {
      sip_to_tag(home, sip_to(sip), what.to_tag.c_str());
    }
    for (const std::string& hop : what.routes) {
      insert(request.get(), sip, sip_unknown_make(home, plain_line("Route", hop).c_str()));
    }
    insert(request.get(), sip, sip_unknown_make(home, plain_line("Contact", "<" + from + ">").c_str()));
    insert(request.get(), sip, sip_event_make(home, std::string(language::reginfo_event).c_str()));
    insert(request.get(), sip, sip_accept_make(home, std::string(language::reginfo_content_type).c_str()));
    insert(request.get(), sip, sip_expires_make(home, std::to_string(what.expires.count()).c_str()));
  }
  start(route, std::move(request), watched.contact,
        [done = std::move(done)](const control::SipOutcome& outcome, const sip_t* answer) {
          auto read = answer == nullptr ? RegSubscriptions::Answer{} : read_subscribe_answer(answer);
          read.status = outcome.status;
          read.reason = outcome.reason;
          done(std::move(read));
        });
}

void MessageClient::start(const Route& route, MessageRef request, const std::string& contact, Answered done) {
  if (!stopped_.empty()) return done({0, stopped_}, nullptr);
  const auto shown = language::without_uri_passwords(contact);
  if (request == nullptr) return done({0, "cannot be sent to '" + shown + "'"}, nullptr);

  if (!is_ip_address(route.next_hop.host) || route.next_hop.port == 0)
    return done({0, "the address of '" + shown + "' is not known"}, nullptr);
  const std::string hop_url = route.outlet == 0 ? route.next_hop.to_sofia_url() : outlet_url(route.outlet);
  tport_t* connection =
      route.connection != nullptr && tport_is_clear_to_send(route.connection) != 0 ? route.connection : nullptr;

  const std::uint64_t id = next_id_++;
  auto pending = std::make_unique<Pending>(*this, id, std::move(done));
  if (connection == nullptr && route.outlet != 0) {
    pending->outlet = route.outlet;
    pending->relay = route.relay;
  }
  auto* magic = reinterpret_cast<nta_outgoing_magic_t*>(pending.get());
  const auto* next = connection == nullptr ? reinterpret_cast<const url_string_t*>(hop_url.c_str()) : nullptr;
  nta_outgoing_t* transaction = nta_outgoing_mcreate(
      route.agent, &MessageClient::on_response, magic, next, request.get(), TPTAG_IDENT(route.listener.c_str()),
      TAG_IF(connection != nullptr, NTATAG_TPORT(connection)), TAG_END());
  if (transaction == nullptr) return pending->done({0, "cannot be sent to '" + shown + "'"}, nullptr);
  // The transaction owns its request now.
  [[maybe_unused]] const auto* owned = request.release();
  pending->transaction = transaction;
  pending_.emplace(id, std::move(pending));
  deadlines_.emplace_back(std::chrono::steady_clock::now() + answer_timeout_ + grace, id);
  if (watchdog_ == 0) watch();
}

MessageRef MessageClient::compose(const Route& route, Method method, const registration::Registration& phone,
                                  const std::string& from_user, const std::string& call_id, std::uint32_t cseq) const {
  MessageRef request(nta_msg_create(route.agent, 0));
  sip_t* sip = sip_object(request.get());
  if (sip == nullptr) return nullptr;
  su_home_t* home = msg_home(request.get());
  const auto uri = [home](const std::string& url) {
    return reinterpret_cast<url_string_t*>(su_strdup(home, url.c_str()));
  };

  const auto address = [&](const std::string& user) {
    return fmt::format("sip:{}@{}", language::percent_encode_sip_user(user), bracketed(phone.domain));
  };
  const std::string to_uri = address(phone.user);
  const std::string from_uri = from_user.empty() ? to_uri : address(from_user);

  auto* line = sip_request_create(home, method.number, method.name, uri(phone.contact), nullptr);
  auto* from = sip_from_create(home, uri(from_uri));
  auto* to = sip_to_create(home, uri(to_uri));
  if (line == nullptr || from == nullptr || to == nullptr) return nullptr;
  set_as_written(home, line->rq_url, phone.contact);
  if (sip_from_tag(home, from, call_id.c_str()) < 0) return nullptr;

  insert(request.get(), sip, line);
  const auto insert_line = [&](std::string_view name, std::string_view value) {
    insert(request.get(), sip, sip_unknown_make(home, plain_line(name, value).c_str()));
  };
  for (const std::string& value : route.path) insert_line("Route", value);
  // Kamailio and OpenSIPS take a request whose only Route is their own, and which is in no dialog, for one that nobody
  // routed (loose_route() is false). The contact as the last stop changes nothing for others.
  if (!route.path.empty()) insert_line("Route", "<" + loose_route_to(phone.contact) + ">");
  insert(request.get(), sip, sip_max_forwards_make(home, "70"));
  insert(request.get(), sip, from);
  insert(request.get(), sip, to);
  insert(request.get(), sip, sip_call_id_make(home, call_id.c_str()));
  insert(request.get(), sip, sip_cseq_create(home, cseq, method.number, method.name));
  insert(request.get(), sip, sip_user_agent_make(home, user_agent_.c_str()));
  return request;
}

int MessageClient::on_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip) {
  const int status = nta_outgoing_status(transaction);
  if (status < 200) return 0;
  auto* pending = reinterpret_cast<Pending*>(magic);
  runtime::guarded("an answer to a SIP request", [&] {
    const bool heard = sip != nullptr && nta_sip_is_internal(sip) == 0;
    auto outcome = pending->client.outcome(transaction, sip);
    // To the library TLS is a connection on this machine that was closed.
    if (!heard && pending->relay != nullptr) {
      if (const auto why = pending->relay->why_not(pending->outlet); !why.empty()) outcome.reason = "TLS: " + why;
    }
    pending->client.finish(pending->id, std::move(outcome), heard ? sip : nullptr);
  });
  return 0;
}

control::SipOutcome MessageClient::outcome(nta_outgoing_t* transaction, const sip_t* sip) const {
  const int status = nta_outgoing_status(transaction);
  if (sip == nullptr || nta_sip_is_internal(sip) != 0) {
    if (status == 408) return {0, no_answer_};
    // The library says 503 for all that goes wrong on the way; the request knows what it was.
    const MessageRef request(nta_outgoing_getrequest(transaction));
    const int error = request == nullptr ? 0 : msg_errno(request.get());
    if (error != 0) return {0, uncapitalised(std::strerror(error))};
    const sip_status_t* line = sip == nullptr ? nullptr : sip_status(sip);
    return {0, line == nullptr ? "not sent" : uncapitalised(std::string(text(line->st_phrase)))};
  }
  const sip_retry_after_t* wait = sip_retry_after(sip);
  constexpr unsigned longest = 86400;
  const unsigned retry_after =
      wait == nullptr ? 0 : static_cast<unsigned>(std::min<unsigned long>(wait->af_delta, longest));
  return {status, std::string(text(sip_status(sip)->st_phrase)), false, retry_after};
}

void MessageClient::finish(std::uint64_t id, control::SipOutcome outcome, const sip_t* answer) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const std::unique_ptr<Pending> pending = std::move(found->second);
  pending_.erase(found);
  // It may send again.
  const Answered done = std::move(pending->done);
  done(std::move(outcome), answer);
}

void MessageClient::watch() {
  if (deadlines_.empty()) return;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadlines_.front().first - std::chrono::steady_clock::now());
  watchdog_ = loop_.after(std::max(left, std::chrono::milliseconds(0)), [this] {
    watchdog_ = 0;
    give_up_late();
  });
}

void MessageClient::give_up_late() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::uint64_t> late;
  for (; !deadlines_.empty() && deadlines_.front().first <= now; deadlines_.pop_front())
    if (pending_.contains(deadlines_.front().second)) late.push_back(deadlines_.front().second);
  // Those that were answered long ago leave no more than their numbers behind, until the front is due.
  watch();
  for (const std::uint64_t id : late) finish(id, {0, no_answer_});
}

void MessageClient::stop(const std::string& why) {
  stopped_ = why;
  if (watchdog_ != 0) loop_.cancel(watchdog_);
  watchdog_ = 0;
  deadlines_.clear();
  auto pending = std::exchange(pending_, {});
  for (auto& [id, one] : pending) {
    const Answered done = std::move(one->done);
    one.reset();
    done({0, why}, nullptr);
  }
}

}  // namespace snom::sip
