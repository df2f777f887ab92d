#include "sip/dialog_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/dialog_info.h"
#include "language/resource_list.h"
#include "language/text.h"
#include "runtime/back_off.h"
#include "sip/delta_seconds.h"
#include "sip/phone_answers.h"
#include "sip/sip_uri.h"
#include "sip/token.h"

namespace snom::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause{1000};
constexpr milliseconds longest_pause{60000};
constexpr seconds longest_expires{86400};
constexpr std::size_t most_listed = 512;  ///< URIs of a list: as many as one document may have

}  // namespace

DialogWatch::DialogWatch(EventLoop& loop, ClientRequests& requests, DigestClient& digest, Identity identity,
                         AccountObserver& observer)
    : loop_(loop),
      requests_(requests),
      digest_(digest),
      identity_(std::move(identity)),
      observer_(observer),
      expires_(identity_.expires) {}

DialogWatch::~DialogWatch() {
  cancel_timer();
  stop_waiting_for_notify();
  requests_.abandon(this);
}

void DialogWatch::cancel_timer() {
  if (timer_set_) loop_.cancel(timer_);
  timer_set_ = false;
}

void DialogWatch::stop_waiting_for_notify() {
  turn_.reset();
  if (notify_timer_) loop_.cancel(*std::exchange(notify_timer_, std::nullopt));
}

void DialogWatch::keep() {
  if (wanted_) return;
  wanted_ = true;
  begin_dialog();
}

void DialogWatch::end() {
  wanted_ = false;
  cancel_timer();
  stop_waiting_for_notify();
  requests_.abandon(this);
  if (!remote_tag_.empty()) send(seconds(0));
}

void DialogWatch::begin_dialog() {
  cancel_timer();
  stop_waiting_for_notify();
  requests_.abandon(this);
  call_id_ = random_token();
  tag_ = random_token();
  remote_tag_.clear();
  routes_.clear();
  target_ = identity_.uri;
  cseq_ = heard_cseq_ = 0;
  version_.reset();
  listed_.clear();
  whole_is_asked_ = false;
  send(expires_);
}

void DialogWatch::send(seconds expires) {
  ClientRequests::Request request;
  request.method = sip_method_subscribe;
  request.method_name = "SUBSCRIBE";
  request.uri = target_;
  request.route = identity_.route;
  request.from = "<" + identity_.address + ">;tag=" + tag_;
  request.to =
      "<" + std::string(without_headers(identity_.uri)) + ">" + (remote_tag_.empty() ? "" : ";tag=" + remote_tag_);
  request.call_id = call_id_;
  request.cseq = &cseq_;
  request.turn = ClientRequests::Turn::subscriptions;
  for (const std::string& route : routes_) request.headers += "Route: " + route + "\r\n";
  request.headers += "Contact: " + identity_.contact + "\r\nEvent: " + std::string(language::dialog_event) +
                     "\r\nAccept: " + std::string(language::dialog_info_content_type) +
                     (identity_.is_list ? fmt::format(", {}, {}\r\nSupported: {}", language::related_content_type,
                                                      language::rlmi_content_type, language::eventlist_option)
                                        : std::string()) +
                     "\r\nExpires: " + std::to_string(expires.count()) + "\r\n" + identity_.headers;
  requests_.send(std::move(request), digest_, this,
                 [this, expires, is_refresh = !remote_tag_.empty()](const ClientRequests::Response& response) {
                   answered(response, expires, is_refresh);
                 });
}

void DialogWatch::answered(const ClientRequests::Response& response, seconds asked, bool is_refresh) {
  if (asked == seconds(0) || !wanted_) return;
  if (response.sip == nullptr || response.status < 200 || response.status >= 300) return failed(response);
  if (heard_cseq_ == 0 && !notify_timer_) {
    notify_timer_ = loop_.after(identity_.notify_limit, [this] { not_notified(); });
    turn_ = response.turn;
  }
  whole_is_asked_ = false;
  // Another notifier's, where the request forked: the dialog is that of the NOTIFY, which was here first
  // (section 4.4.1).
  const std::string_view their_tag = text(sip_to(response.sip)->a_tag);
  if (remote_tag_.empty() || remote_tag_ == their_tag) {
    remote_tag_ = their_tag;
    if (is_refresh) {
      take_target(response.sip);  // the routes stay those of the beginning (RFC 3261 section 12.2)
    } else {
      take_way(response.sip);
      std::ranges::reverse(routes_);  // our side of the dialog comes last (RFC 3261 section 12.1.2)
    }
  }
  const sip_expires_t* header = sip_expires(response.sip);
  const seconds granted = header == nullptr || header->ex_delta == 0 ? asked : seconds(delta_seconds(header->ex_delta));
  const milliseconds whole = std::min(granted, longest_expires);
  send_after(std::max(milliseconds(500), runtime::part_of(whole * 9 / 10, 0.55)), true);
}

void DialogWatch::take_target(const sip_t* sip) {
  if (const sip_contact_t* contact = sip_contact(sip); contact != nullptr) target_ = url_text(contact->m_url);
}

void DialogWatch::take_way(const sip_t* sip) {
  take_target(sip);
  routes_.clear();
  for (const sip_record_route_t* route = sip_record_route(sip); route != nullptr; route = route->r_next)
    routes_.push_back(header_value(route));
}

void DialogWatch::failed(const ClientRequests::Response& response) {
  constexpr int no_such_dialog = 481;
  constexpr int too_brief = 423;
  if (response.status == too_brief && response.sip != nullptr && sip_min_expires(response.sip) != nullptr) {
    const seconds least(delta_seconds(sip_min_expires(response.sip)->me_delta));
    if (least > expires_ && least <= longest_expires) {
      expires_ = least;
      return send(expires_);
    }
  }
  // The notifier forgot it, or this end did not hear how it began.
  if (response.status == no_such_dialog && !remote_tag_.empty()) return send_after(milliseconds(0), false);
  ++failures_;
  milliseconds pause = runtime::back_off(failures_ - 1, first_pause, longest_pause);
  if (response.sip != nullptr && sip_retry_after(response.sip) != nullptr) {
    const seconds asked(delta_seconds(sip_retry_after(response.sip)->af_delta));
    pause = std::max<milliseconds>(pause, std::min(asked, longest_expires));
  }
  send_after(pause, false);
  observer_.watch_failed(identity_.uri, response.sip == nullptr ? 0 : response.status, response.reason, pause);
}

void DialogWatch::not_notified() {
  notify_timer_.reset();
  turn_.reset();
  const auto pause = runtime::back_off(failures_++, first_pause, longest_pause);
  send_after(pause, false);
  const std::chrono::duration<double> waited = identity_.notify_limit;
  observer_.watch_failed(identity_.uri, 0, fmt::format("no NOTIFY within {:g} s", waited.count()), pause);
}

std::optional<int> DialogWatch::notified(const sip_t* sip) {
  if (!wanted_ || text(sip_call_id(sip)->i_id) != call_id_ || text(sip_to(sip)->a_tag) != tag_) return std::nullopt;
  // It may come before the answer to the SUBSCRIBE (section 4.1.2.4).
  const std::string their_tag(text(sip_from(sip)->a_tag));
  if (remote_tag_.empty()) {
    remote_tag_ = their_tag;
    take_way(sip);
  }
  if (their_tag != remote_tag_) return 481;
  if (sip_cseq(sip)->cs_seq <= heard_cseq_) return 500;
  heard_cseq_ = sip_cseq(sip)->cs_seq;
  stop_waiting_for_notify();
  failures_ = 0;
  const sip_event_t* event = sip_event(sip);
  if (event == nullptr || language::lower_case(text(event->o_type)) != language::dialog_event) return 489;
  const std::string_view body = body_of(sip);
  if (!body.empty()) {
    if (const int status = take_document(sip, body); status != 200) return status;
  }
  const sip_subscription_state_t* state = sip_subscription_state(sip);
  if (state != nullptr && language::lower_case(text(state->ss_substate)) == "terminated") ended(state);
  return 200;
}

int DialogWatch::take_document(const sip_t* sip, std::string_view body) {
  const std::string type = content_type_of(sip);
  if (identity_.is_list && type == language::related_content_type) {
    return take_list(header_value(sip_content_type(sip)), body);
  }
  if (type != language::dialog_info_content_type) return 415;
  const auto info = language::parse_dialog_info(body);
  if (!info) return 400;
  // An older one says nothing new (RFC 4235 section 4.1).
  if (!version_ || info->version > *version_) {
    version_ = info->version;
    observer_.watched(identity_.uri, *info, body);
  }
  return 200;
}

int DialogWatch::take_list(std::string_view content_type, std::string_view body) {
  const auto parts = language::parse_related(content_type, body);
  if (!parts || parts->front().content_type != language::rlmi_content_type) return 400;
  const auto list = language::parse_resource_list(parts->front().body);
  if (!list) return 400;
  const bool is_next = version_ && list->version == *version_ + 1;
  if (!list->is_full && !is_next) {
    ask_for_whole();
    return 200;
  }
  if (list->is_full) wholes_missed_ = 0;
  version_ = list->version;
  std::set<std::string> gone;
  if (list->is_full) gone = std::exchange(listed_, {});
  for (const language::ListedResource& resource : list->resources) {
    if (listed_.size() == most_listed && !listed_.contains(resource.uri)) continue;
    listed_.insert(resource.uri);
    gone.erase(resource.uri);
    const auto part = std::ranges::find(*parts, resource.cid, &language::BodyPart::content_id);
    if (resource.cid.empty() || part == parts->end()) continue;
    if (part->content_type != language::dialog_info_content_type) continue;
    if (const auto info = language::parse_dialog_info(part->body)) observer_.watched(resource.uri, *info, part->body);
  }
  for (const std::string& uri : gone) {
    language::DialogInfo none;
    none.entity = uri;
    none.version = list->version;
    observer_.watched(uri, none, {});
  }
  return 200;
}

void DialogWatch::ask_for_whole() {
  if (std::exchange(whole_is_asked_, true)) return;
  const auto pause =
      wholes_missed_ == 0 ? milliseconds(0) : runtime::back_off(wholes_missed_ - 1, first_pause, longest_pause);
  ++wholes_missed_;
  send_after(pause, true);
}

void DialogWatch::ended(const sip_subscription_state_t* state) {
  const std::string reason = language::lower_case(text(state->ss_reason));
  cancel_timer();
  // What is under way is of a dialog that is over, whatever the answer to it says.
  requests_.abandon(this);
  call_id_.clear();
  remote_tag_.clear();
  observer_.watch_failed(identity_.uri, 0, "ended: " + (reason.empty() ? "it does not say why" : reason), {});
  // Section 4.1.3: these are for good.
  if (reason == "rejected" || reason == "noresource" || reason == "invariant") return;
  milliseconds pause = runtime::back_off(0, first_pause, longest_pause);
  if (const auto asked = delta_seconds(text(state->ss_retry_after))) {
    pause = std::max<milliseconds>(pause, std::min(seconds(*asked), longest_expires));
  }
  send_after(pause, false);
}

void DialogWatch::send_after(milliseconds delay, bool in_dialog) {
  cancel_timer();
  timer_set_ = true;
  timer_ = loop_.after(delay, [this, in_dialog] {
    timer_set_ = false;
    if (!wanted_) return;
    if (in_dialog) return send(expires_);
    begin_dialog();
  });
}

}  // namespace snom::sip
