#include "sip/client_requests.h"

#include <algorithm>
#include <utility>

#include "runtime/guard.h"
#include "sip/sip_uri.h"
#include "sip/token.h"

namespace snom::sip {

std::string reason_of(const sip_t* response) {
  const sip_status_t* line = response == nullptr ? nullptr : sip_status(response);
  return line == nullptr ? std::string("no answer") : std::string(text(line->st_phrase));
}

bool take_challenge(DigestClient& digest, sip_method_t method, int status, const sip_t* response) {
  if ((status != 401 && status != 407) || response == nullptr) return false;
  const bool proxy = status == 407;
  std::vector<std::string> challenges;
  const msg_auth_t* header = proxy ? sip_proxy_authenticate(response) : sip_www_authenticate(response);
  for (; header != nullptr; header = header->au_next) challenges.push_back(header_value(header));
  return method == sip_method_register ? digest.take_from_registrar(proxy, challenges) : digest.take(proxy, challenges);
}

struct ClientRequests::Pending {
  ClientRequests& requests;
  std::uint64_t id;
  Request request;
  DigestClient& digest;
  const void* owner;
  Done done;
  std::uint32_t own_cseq = 0;
  int challenges = 0;
  nta_outgoing_t* transaction = nullptr;
  runtime::PacedQueue::Place place = 0;

  Pending(ClientRequests& of, std::uint64_t number, Request what, DigestClient& credentials, const void* whose,
          Done then)
      : requests(of), id(number), request(std::move(what)), digest(credentials), owner(whose), done(std::move(then)) {}
  ~Pending() {
    if (transaction != nullptr) nta_outgoing_destroy(transaction);
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
};

ClientRequests::ClientRequests(nta_leg_t* outside, runtime::Clock& clock, WhyNot why_not)
    : outside_(outside), why_not_(std::move(why_not)), registrations_(clock, pace), subscriptions_(clock, pace) {}
ClientRequests::~ClientRequests() = default;

void ClientRequests::send(Request request, DigestClient& digest, const void* owner, Done done) {
  const std::uint64_t id = ++last_;
  const Turn turn = request.turn;
  // The library would make header fields of the request of them, of a server's choice.
  request.uri = without_headers(request.uri);
  auto pending = std::make_unique<Pending>(*this, id, std::move(request), digest, owner, std::move(done));
  if (turn == Turn::none && !transmit(*pending)) {
    pending->done({503, "cannot be sent", nullptr});
    return;
  }
  pending_.emplace(id, std::move(pending));
  by_owner_.emplace(owner, id);
  if (turn == Turn::none) return;
  turns_of(turn).add([this, id](runtime::PacedQueue::Place place) { return start(id, place); });
}

bool ClientRequests::start(std::uint64_t id, runtime::PacedQueue::Place place) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return false;
  Pending& pending = *found->second;
  if (transmit(pending)) {
    pending.place = place;
    return true;
  }
  const auto failed = take(id);
  failed->done({503, "cannot be sent", nullptr});
  return false;
}

std::unique_ptr<ClientRequests::Pending> ClientRequests::take(std::uint64_t id) {
  auto node = pending_.extract(id);
  if (node.empty()) return nullptr;
  const auto [first, last] = by_owner_.equal_range(node.mapped()->owner);
  by_owner_.erase(std::find_if(first, last, [id](const auto& entry) { return entry.second == id; }));
  return std::move(node.mapped());
}

bool ClientRequests::transmit(Pending& pending) {
  Request& request = pending.request;
  std::uint32_t& cseq = request.cseq != nullptr ? *request.cseq : pending.own_cseq;
  const std::string number = std::to_string(++cseq) + " " + request.method_name;
  std::string headers = request.headers;
  if (request.to_our_server) headers += pending.digest.headers(request.method_name, request.uri);
  const bool outside = request.dialog == nullptr;
  const auto* route = reinterpret_cast<const url_string_t*>(request.route.c_str());
  const auto* uri = outside ? reinterpret_cast<const url_string_t*>(request.uri.c_str()) : nullptr;

  if (pending.transaction != nullptr) nta_outgoing_destroy(std::exchange(pending.transaction, nullptr));
  pending.transaction = nta_outgoing_tcreate(
      outside ? outside_ : request.dialog, &ClientRequests::on_response,
      reinterpret_cast<nta_outgoing_magic_t*>(&pending), route, request.method, request.method_name.c_str(), uri,
      TAG_IF(outside, SIPTAG_FROM_STR(request.from.c_str())), TAG_IF(outside, SIPTAG_TO_STR(request.to.c_str())),
      TAG_IF(outside, SIPTAG_CALL_ID_STR(request.call_id.c_str())), TAG_IF(outside, SIPTAG_CSEQ_STR(number.c_str())),
      TAG_IF(!request.content_type.empty(), SIPTAG_CONTENT_TYPE_STR(request.content_type.c_str())),
      TAG_IF(!request.body.empty(), SIPTAG_PAYLOAD_STR(request.body.c_str())),
      TAG_IF(!headers.empty(), SIPTAG_HEADER_STR(headers.c_str())), TAG_END());
  return pending.transaction != nullptr;
}

int ClientRequests::on_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip) {
  const int status = nta_outgoing_status(transaction);
  if (status < 200) return 0;
  auto& pending = *reinterpret_cast<Pending*>(magic);
  runtime::guarded("an answer to a SIP request", [&] { pending.requests.answered(pending, status, sip); });
  return 0;
}

void ClientRequests::answered(Pending& pending, int status, const sip_t* sip) {
  // The answer goes with it, which is looked at to the end.
  std::unique_ptr<nta_outgoing_t, decltype(&nta_outgoing_destroy)> before(nullptr, &nta_outgoing_destroy);
  if (pending.request.to_our_server && pending.challenges < most_challenges &&
      take_challenge(pending.digest, pending.request.method, status, sip)) {
    ++pending.challenges;
    before.reset(std::exchange(pending.transaction, nullptr));
    if (transmit(pending)) return;
  }
  const auto taken = take(pending.id);
  if (taken == nullptr) return;
  Response response;
  if (const Turn turn = taken->request.turn; turn != Turn::none) {
    auto ended = [this, turn, place = taken->place, is_answered = sip != nullptr](const void*) {
      turns_of(turn).ended(place, is_answered);
    };
    response.turn = std::shared_ptr<const void>(this, lifetime_.guard(std::move(ended)));
  }
  response.status = status;
  response.reason = reason_of(sip);
  response.sip = sip != nullptr && nta_sip_is_internal(sip) == 0 ? sip : nullptr;
  if (response.sip == nullptr && why_not_) {
    if (auto why = why_not_(taken->request.route); !why.empty()) response.reason = std::move(why);
  }
  taken->done(response);
}

void ClientRequests::abandon(const void* owner) {
  while (true) {
    const auto found = by_owner_.find(owner);
    if (found == by_owner_.end()) return;
    const auto gone = take(found->second);
    turns_of(gone->request.turn).ended(gone->place, false);
  }
}

}  // namespace snom::sip
