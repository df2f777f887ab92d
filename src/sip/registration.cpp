#include "sip/registration.h"

#include <algorithm>
#include <utility>

#include "runtime/back_off.h"
#include "sip/delta_seconds.h"
#include "sip/sip_uri.h"
#include "sip/token.h"

namespace snom::sip {

namespace {

constexpr std::chrono::milliseconds first_pause{1000};
constexpr std::chrono::milliseconds longest_pause{60000};
constexpr std::chrono::seconds longest_expires{86400};

}  // namespace

Registration::Registration(EventLoop& loop, ClientRequests& requests, DigestClient& digest, Identity identity,
                           AccountObserver& observer)
    : loop_(loop),
      requests_(requests),
      digest_(digest),
      identity_(std::move(identity)),
      observer_(observer),
      expires_(identity_.expires),
      call_id_(random_token()) {}

Registration::~Registration() {
  cancel_timer();
  requests_.abandon(this);
}

void Registration::cancel_timer() {
  if (timer_set_) loop_.cancel(timer_);
  timer_set_ = false;
}

void Registration::log_on() {
  wanted_ = true;
  if (under_way_) {
    again_ = true;
    return;
  }
  cancel_timer();
  send(expires_);
}

void Registration::log_off(std::function<void()> done) {
  wanted_ = false;
  again_ = false;
  cancel_timer();
  if (logged_off_) std::exchange(logged_off_, nullptr)();
  logged_off_ = std::move(done);
  if (!bound_ && !under_way_) {
    if (logged_off_) std::exchange(logged_off_, nullptr)();
    return;
  }
  // What is under way is not waited for: the registrar takes the later CSeq.
  requests_.abandon(this);
  send(std::chrono::seconds(0));
}

void Registration::start_afresh() { fresh_ = true; }

void Registration::send(std::chrono::seconds expires) {
  under_way_ = true;
  if (expires.count() > 0) {
    bound_ = true;
    // Not before: a removal under way still belongs to the registration that was.
    if (std::exchange(fresh_, false)) {
      digest_.forget();
      call_id_ = random_token();
      cseq_ = 0;
      failures_ = 0;
      expires = expires_ = identity_.expires;
    }
  }
  ClientRequests::Request request;
  request.method = sip_method_register;
  request.method_name = "REGISTER";
  request.uri = identity_.registrar;
  request.route = identity_.route;
  request.from = "<" + identity_.address + ">;tag=" + random_token();
  request.to = "<" + identity_.address + ">";
  request.call_id = call_id_;
  request.cseq = &cseq_;
  request.turn = ClientRequests::Turn::registrations;
  request.headers =
      "Contact: " + identity_.contact + "\r\nExpires: " + std::to_string(expires.count()) + "\r\n" + identity_.headers;
  requests_.send(std::move(request), digest_, this,
                 [this, expires](const ClientRequests::Response& response) { answered(response, expires); });
}

void Registration::answered(const ClientRequests::Response& response, std::chrono::seconds asked) {
  under_way_ = false;
  if (asked.count() == 0) {
    taken_away();
    return;
  }
  if (again_ && wanted_) {
    again_ = false;
    send(expires_);
    return;
  }
  if (response.status >= 200 && response.status < 300) {
    failures_ = 0;
    const std::chrono::seconds time = granted(response.sip, asked);
    const std::chrono::milliseconds whole = std::min(time, longest_expires);
    try_again_after(std::max(std::chrono::milliseconds(500), runtime::part_of(whole * 9 / 10, 0.55)));
    observer_.registered(time);
    return;
  }
  if (response.status == 423 && response.sip != nullptr && sip_min_expires(response.sip) != nullptr) {
    const std::chrono::seconds least(delta_seconds(sip_min_expires(response.sip)->me_delta));
    if (least > expires_ && least <= longest_expires) {
      expires_ = least;
      send(expires_);
      return;
    }
  }
  ++failures_;
  const auto pause = runtime::back_off(failures_ - 1, first_pause, longest_pause);
  try_again_after(pause);
  observer_.registration_failed(response.sip == nullptr ? 0 : response.status, response.reason, pause);
}

void Registration::taken_away() {
  bound_ = false;
  const auto done = std::exchange(logged_off_, nullptr);
  observer_.unregistered();
  if (done) done();
  if (wanted_ && !under_way_) {
    again_ = false;
    send(expires_);
  }
}

void Registration::try_again_after(std::chrono::milliseconds delay) {
  cancel_timer();
  timer_set_ = true;
  timer_ = loop_.after(delay, [this] {
    timer_set_ = false;
    if (wanted_ && !under_way_) send(expires_);
  });
}

/// Ours among the contacts of a 200. A registrar may have rewritten it, most often to the address that the request came
/// from; the instance or the line's parameter still tell it then, and a single one is ours.
const sip_contact_t* Registration::own_contact(const sip_t* response) const {
  const auto ours = parse_sip_uri(identity_.contact_uri);
  const sip_contact_t* const first = sip_contact(response);
  const sip_contact_t* rewritten = nullptr;
  for (const sip_contact_t* contact = first; contact != nullptr; contact = contact->m_next) {
    const auto theirs = parse_sip_uri(url_text(contact->m_url));
    if (!ours || !theirs) continue;
    if (same_uri(*ours, *theirs)) return contact;
    std::string_view instance = text(msg_params_find(contact->m_params, "+sip.instance="));
    if (instance.size() >= 2 && instance.front() == '"') instance = instance.substr(1, instance.size() - 2);
    const bool same_instance = !instance.empty() && instance == identity_.instance;
    const bool same_line = !ours->parameter("line").empty() && theirs->parameter("line") == ours->parameter("line");
    if (rewritten == nullptr && (same_instance || same_line)) rewritten = contact;
  }
  if (rewritten == nullptr && first != nullptr && first->m_next == nullptr) return first;
  return rewritten;
}

std::chrono::seconds Registration::granted(const sip_t* response, std::chrono::seconds asked) const {
  if (response == nullptr) return asked;
  const sip_expires_t* header = sip_expires(response);
  const auto otherwise =
      header != nullptr && header->ex_delta > 0 ? std::chrono::seconds(delta_seconds(header->ex_delta)) : asked;
  const auto of = [&](const sip_contact_t* contact) {
    const auto written = delta_seconds(text(contact->m_expires));
    return written ? std::chrono::seconds(std::max(*written, 1U)) : std::max(std::chrono::seconds(1), otherwise);
  };
  if (const sip_contact_t* own = own_contact(response)) return of(own);
  // Any of them may be ours: what is refreshed too early is not lost.
  std::chrono::seconds least = otherwise;
  for (const sip_contact_t* contact = sip_contact(response); contact != nullptr; contact = contact->m_next) {
    least = std::min(least, of(contact));
  }
  return least;
}

}  // namespace snom::sip
