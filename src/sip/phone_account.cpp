#include <algorithm>
#include <utility>

#include "language/percent.h"
#include "language/text.h"
#include "sip/dialog.h"
#include "sip/token.h"
#include "sip/user_agent_core.h"

namespace snom::sip {

namespace {

/// "urn:uuid:" and a random UUID (RFC 4122 section 4.4).
std::string random_instance() {
  std::string hex = random_token() + random_token();
  hex[12] = '4';
  hex[16] = 'a';
  return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) +
         "-" + hex.substr(20, 12);
}

}  // namespace

PhoneAccount::PhoneAccount(UserAgentCore& core, AccountOptions options, AccountObserver& observer)
    : core_(core),
      options_(std::move(options)),
      observer_(observer),
      line_(random_token().substr(0, 8)),
      instance_(random_instance()),
      digest_(options_.user, options_.password, options_.realm),
      registration_(core.loop(), core.requests(), digest_, identity(), observer) {}

std::string PhoneAccount::address() const {
  return "sip:" + language::percent_encode_sip_user(options_.user) + "@" + bracketed(options_.domain);
}

std::string PhoneAccount::contact_uri() const {
  const TransportAddress& bound = core_.bound();
  std::string uri = "sip:" + language::percent_encode_sip_user(options_.user) + "@" + bracketed(core_.local_host()) +
                    ":" + std::to_string(bound.port);
  if (bound.transport != "udp") uri += ";transport=" + bound.transport;
  return uri + ";line=" + line_;
}

std::string PhoneAccount::uri_of(const std::string& number) const {
  if (number.starts_with("sip:") || number.starts_with("sips:")) return number;
  const auto at = number.rfind('@');
  if (at == std::string::npos) {
    return "sip:" + language::percent_encode_sip_user(number) + "@" + bracketed(options_.domain);
  }
  return "sip:" + language::percent_encode_sip_user(number.substr(0, at)) + number.substr(at);
}

std::string PhoneAccount::common_headers() const { return "User-Agent: " + options_.user_agent + "\r\n"; }

Registration::Identity PhoneAccount::identity() const {
  Registration::Identity identity;
  identity.registrar = "sip:" + bracketed(options_.domain);
  identity.route = core_.route();
  identity.address = address();
  identity.contact_uri = contact_uri();
  identity.instance = "<" + instance_ + ">";
  identity.contact = "<" + identity.contact_uri + ">;reg-id=1;q=1.0;+sip.instance=\"" + identity.instance + "\"";
  identity.headers = common_headers() + "Supported: path, gruu\r\n";
  identity.expires = options_.expires;
  return identity;
}

void PhoneAccount::log_off(std::function<void()> done) {
  for (const auto& watch : watches_) watch->end();
  registration_.log_off(std::move(done));
}

void PhoneAccount::start_afresh() {
  watches_.clear();
  registration_.start_afresh();
}

void PhoneAccount::watch(const std::string& uri, bool is_list) {
  const auto same = [&uri](const auto& watch) { return watch->uri() == uri; };
  const auto known = std::find_if(watches_.begin(), watches_.end(), same);
  if (known != watches_.end()) return (*known)->keep();
  DialogWatch::Identity watched;
  watched.uri = uri;
  watched.is_list = is_list;
  watched.route = core_.route();
  watched.address = address();
  watched.contact = contact() + ";+sip.instance=\"<" + instance_ + ">\"";
  watched.headers = common_headers();
  watched.notify_limit = options_.notify_limit;
  watches_.push_back(
      std::make_unique<DialogWatch>(core_.loop(), core_.requests(), digest_, std::move(watched), observer_));
  watches_.back()->keep();
}

void PhoneAccount::unwatch(const std::string& uri) {
  for (const auto& watch : watches_) {
    if (watch->uri() == uri) watch->end();
  }
}

std::optional<int> PhoneAccount::watch_notified(const sip_t* sip) {
  for (const auto& watch : watches_) {
    if (const auto status = watch->notified(sip)) return status;
  }
  // Of a subscription that is no more, before a restart perhaps.
  const sip_event_t* event = sip_event(sip);
  const bool of_dialogs = event != nullptr && language::lower_case(text(event->o_type)) == language::dialog_event;
  if (of_dialogs && sip_to(sip)->a_tag != nullptr) return 481;
  return std::nullopt;
}

void PhoneAccount::message(const std::string& user, std::string_view content_type, const std::string& body, Done done) {
  ClientRequests::Request request;
  request.method = sip_method_message;
  request.method_name = "MESSAGE";
  request.uri = "sip:" + user + "@" + bracketed(options_.domain);
  request.route = core_.route();
  request.from = "<" + address() + ">;tag=" + random_token();
  request.to = "<" + request.uri + ">";
  request.call_id = random_token();
  request.headers = "Contact: " + contact() + "\r\n" + common_headers();
  request.content_type = content_type;
  request.body = body;
  core_.requests().send(std::move(request), digest_, this,
                        [done = std::move(done)](const ClientRequests::Response& response) {
                          if (done) done(response.sip == nullptr ? 0 : response.status, response.reason);
                        });
}

CallId PhoneAccount::call(const std::string& number) {
  auto media = MediaPort::open(core_.local_host());
  if (!media) {
    const CallId id = core_.next_call();
    core_.later([this, id, why = media.error()] { observer_.call_ended(id, 500, why); });
    return id;
  }
  auto dialog = std::make_unique<Dialog>(core_, *this, std::move(*media));
  Dialog& kept = *dialog;
  core_.keep(std::move(dialog));
  kept.invite(uri_of(number));
  return kept.id();
}

void PhoneAccount::answer(CallId call) {
  if (Dialog* dialog = core_.find(call)) dialog->answer();
}

void PhoneAccount::reject(CallId call, int status) {
  if (Dialog* dialog = core_.find(call)) dialog->reject(status);
}

void PhoneAccount::hang_up(CallId call) {
  if (Dialog* dialog = core_.find(call)) dialog->hang_up();
}

void PhoneAccount::hold(CallId call, bool on) {
  if (Dialog* dialog = core_.find(call)) dialog->hold(on);
}

void PhoneAccount::send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) {
  if (Dialog* dialog = core_.find(call)) dialog->send_dtmf(digit, duration);
}

void PhoneAccount::transfer(CallId call, const std::string& number, Done done) {
  Dialog* dialog = core_.find(call);
  if (dialog == nullptr) {
    core_.later([done = std::move(done)] { done(481, "no such call"); });
    return;
  }
  dialog->transfer(uri_of(number), std::move(done));
}

}  // namespace snom::sip
