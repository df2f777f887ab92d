#include "sip/read_notify.h"

#include <algorithm>

#include "language/text.h"
#include "sip/as_written.h"
#include "sip/delta_seconds.h"
#include "sip/phone_answers.h"

namespace snom::sip {
namespace {

constexpr std::size_t longest_target = 1024;
constexpr std::size_t most_routes = 16;

/// Of the other side; empty when there is none that could be a Request-URI.
[[nodiscard]] std::string target_of(const sip_t* sip) {
  auto contacts = contacts_as_written(sip);
  if (contacts.empty() || contacts.front().all || contacts.front().uri.size() > longest_target) return {};
  return std::move(contacts.front().uri);
}

[[nodiscard]] std::vector<std::string> record_routes(const sip_t* sip) {
  std::vector<std::string> routes;
  for (const sip_record_route_t* route = sip_record_route(sip); route != nullptr; route = route->r_next) {
    if (routes.size() == most_routes) return {};
    // Only the header itself, and not those behind it.
    std::string value = "<" + url_text(route->r_url) + ">";
    for (const msg_param_t* one = route->r_params; one != nullptr && *one != nullptr; ++one) {
      value.append(";").append(*one);
    }
    routes.push_back(std::move(value));
  }
  return routes;
}

}  // namespace

RegSubscriptions::Answer read_subscribe_answer(const sip_t* answer) {
  RegSubscriptions::Answer read;
  read.to_tag = text(sip_to(answer)->a_tag);
  read.target = target_of(answer);
  // Our side of the dialog comes last (RFC 3261 section 12.1.2).
  read.routes = record_routes(answer);
  std::ranges::reverse(read.routes);
  if (const sip_expires_t* expires = sip_expires(answer)) read.expires = delta_seconds(expires->ex_delta);
  if (const sip_min_expires_t* least = sip_min_expires(answer)) read.min_expires = delta_seconds(least->me_delta);
  if (const sip_retry_after_t* after = sip_retry_after(answer)) read.retry_after = delta_seconds(after->af_delta);
  return read;
}

RegSubscriptions::Notify read_notify(const sip_t* request) {
  RegSubscriptions::Notify read;
  read.call_id = text(sip_call_id(request)->i_id);
  read.our_tag = text(sip_to(request)->a_tag);
  read.their_tag = text(sip_from(request)->a_tag);
  read.cseq = sip_cseq(request)->cs_seq;
  if (const sip_event_t* event = sip_event(request)) read.event = text(event->o_type);
  if (const sip_subscription_state_t* state = sip_subscription_state(request)) {
    read.state = language::lower_case(text(state->ss_substate));
    read.reason = language::lower_case(text(state->ss_reason));
    read.expires = delta_seconds(text(state->ss_expires));
    read.retry_after = delta_seconds(text(state->ss_retry_after));
  }
  read.target = target_of(request);
  read.routes = record_routes(request);  // as they stand: the request came the other way
  read.content_type = content_type_of(request);
  if (const sip_payload_t* body = sip_payload(request); body != nullptr && body->pl_data != nullptr) {
    read.body.assign(body->pl_data, body->pl_len);
  }
  return read;
}

}  // namespace snom::sip
