#include "sip/phone_answers.h"

#include <algorithm>
#include <array>

#include "language/resource_list.h"
#include "language/text.h"
#include "sip/read_request.h"

namespace snom::sip {

namespace {

/// Encoded only as it is.
bool encoding_is_known(const sip_t* sip) {
  const sip_content_encoding_t* encoding = sip_content_encoding(sip);
  if (encoding == nullptr || encoding->k_items == nullptr) return true;
  for (const msg_param_t* one = encoding->k_items; *one != nullptr; ++one) {
    if (language::lower_case(*one) != "identity") return false;
  }
  return true;
}

/// How a body is to be used: what RFC 3261 section 20.11 has of it, and RFC 6086's for INFO.
bool disposition_is_known(const sip_t* sip) {
  const sip_content_disposition_t* disposition = sip_content_disposition(sip);
  if (disposition == nullptr) return true;
  const sip_request_t* line = sip_request(sip);
  const std::string type = language::lower_case(text(disposition->cd_type));
  // What an offer or an answer is, and nothing else in these (RFC 3261 section 13.2.1).
  if (line != nullptr && (line->rq_method == sip_method_invite || line->rq_method == sip_method_ack)) {
    return type == "session";
  }
  constexpr std::array<std::string_view, 5> known{"render", "session", "icon", "alert", "info-package"};
  return std::find(known.begin(), known.end(), type) != known.end();
}

bool is_optional(const sip_t* sip) {
  const sip_content_disposition_t* disposition = sip_content_disposition(sip);
  return disposition != nullptr && language::lower_case(text(disposition->cd_handling)) == "optional";
}

bool has_body(const sip_t* sip) {
  const sip_payload_t* payload = sip_payload(sip);
  return payload != nullptr && payload->pl_data != nullptr && payload->pl_len > 0;
}

}  // namespace

PhoneAnswer phone_answer(sip_method_t method, int status, const std::string& accepts) {
  const bool document = method == sip_method_message;
  switch (status) {
    case 400:
      return {status, document ? "Bad Buttons Document" : "", {}};
    case 404:
      return {status, document ? "No Such Key" : "", {}};
    case 405:
      return {status, {}, {{sip_allow_class, phone_methods}}};
    case 415:
      return {status, {}, {{sip_accept_class, accepts}}};
    case 489:
      return {status, {}, {{sip_allow_events_class, phone_events}}};
    default:
      return {status, {}, {}};
  }
}

std::optional<PhoneAnswer> refused_beforehand(const sip_t* request) {
  const sip_request_t* line = sip_request(request);
  if (line == nullptr || line->rq_method == sip_method_ack || line->rq_method == sip_method_cancel) return std::nullopt;
  // A list's NOTIFY says that it needs that (RFC 4662 section 4.1).
  const auto known = line->rq_method == sip_method_notify ? language::eventlist_option : std::string_view();
  if (std::string required = read_required(request, known); !required.empty()) {
    return PhoneAnswer{420, {}, {{sip_unsupported_class, std::move(required)}}};
  }
  if (!has_body(request) || is_optional(request)) return std::nullopt;
  if (!encoding_is_known(request)) return PhoneAnswer{415, {}, {{sip_accept_encoding_class, "identity"}}};
  if (!disposition_is_known(request)) return PhoneAnswer{415, "Unsupported Content-Disposition", {}};
  return std::nullopt;
}

std::string_view body_of(const sip_t* message) {
  if (message == nullptr || !has_body(message)) return {};
  if (!encoding_is_known(message) || !disposition_is_known(message)) return {};
  const sip_payload_t* payload = sip_payload(message);
  return {payload->pl_data, payload->pl_len};
}

std::string content_type_of(const sip_t* message) {
  const sip_content_type_t* type = message == nullptr ? nullptr : sip_content_type(message);
  return type == nullptr ? std::string() : language::lower_case(text(type->c_type));
}

void reply(nta_incoming_t* transaction, const PhoneAnswer& answer, const std::string& server_name) {
  std::string headers = "Server: " + server_name + "\r\n";
  for (const ReplyHeader& header : answer.headers) {
    headers.append(header.header->hc_name).append(": ").append(header.value).append("\r\n");
  }
  nta_incoming_treply(transaction, answer.status,
                      answer.phrase.empty() ? sip_status_phrase(answer.status) : answer.phrase.c_str(),
                      SIPTAG_HEADER_STR(headers.c_str()), TAG_END());
}

}  // namespace snom::sip
