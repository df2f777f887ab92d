#include "asterisk/phone_sender.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "asterisk/phone_list.h"
#include "http/basic_credentials.h"

namespace snom::asterisk {
namespace {

/// RFC 3261 section 17.1.2.2: timer F.
constexpr std::chrono::milliseconds longest_transaction{32000};

constexpr std::string_view variable = "Variable";
constexpr std::string_view content = "Content";
constexpr std::size_t most_content_lines = most_lines - 10;

const AsteriskAddress* address_of(const registration::Registration& to) {
  return dynamic_cast<const AsteriskAddress*>(to.address.get());
}

std::string uri_of(std::string_view user, std::string_view domain) { return fmt::format("sip:{}@{}", user, domain); }

std::size_t escaped_size(std::string_view text) { return as_variable(content, text).size() + 10; }

}  // namespace

tl::expected<std::vector<std::string>, std::string> as_content_lines(std::string_view document) {
  std::vector<std::string> lines;
  std::string line;
  const auto finish = [&]() -> bool {
    if (escaped_size(line) > longest_line) return false;
    lines.push_back(std::exchange(line, {}));
    return lines.size() <= most_content_lines;
  };
  const auto too_long = tl::unexpected(
      std::string("the document has a piece that is too long for a line of Asterisk's manager, or too many of them"));
  while (!document.empty()) {
    // Up to where a tag ends and the next begins, or a line ends.
    const auto meets = document.find("><");
    const auto ends = document.find('\n');
    const auto size = std::min({meets == std::string_view::npos ? document.size() : meets + 1,
                                ends == std::string_view::npos ? document.size() : ends + 1, document.size()});
    auto piece = document.substr(0, size);
    document.remove_prefix(size);
    const bool ended = piece.ends_with('\n');
    if (ended) piece.remove_suffix(piece.ends_with("\r\n") ? 2 : 1);
    if (!line.empty() && escaped_size(line + std::string(piece)) > longest_line && !finish()) return too_long;
    line += piece;
    if (ended && !line.empty() && !finish()) return too_long;
  }
  if (!line.empty() && !finish()) return too_long;
  return lines;
}

PhoneSender::PhoneSender(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock,
                         PhoneAnswers* answers, LongMessages* ari)
    : options_(options),
      ami_(ami),
      control_(control),
      clock_(clock),
      answers_(answers),
      ari_(ari),
      notifies_(control) {}

std::size_t PhoneSender::max_body(const registration::Registration& /*to*/) const {
  return ari_ != nullptr && ari_->is_open() ? LongMessages::longest_body : longest_body;
}

void PhoneSender::send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> then) {
  // What follows must not come before what is repeated.
  Done done = [&clock = clock_, rest = longest_transaction - options_.answer_limit,
               under_way = std::move(message.under_way),
               then = std::move(then)](control::SipOutcome outcome, bool is_repeated) {
    if (is_repeated) clock.after(rest, [under_way] {});
    then(std::move(outcome));
  };
  const auto* address = address_of(*message.to);
  if (address == nullptr) return refuse(done, {0, "it is not registered with Asterisk"});
  if (!address->reachable) return refuse(done, {0, "offline: Asterisk's OPTIONS get no answer"});
  if (message.event.empty()) return send_message(message, std::move(done));
  send_notify(message, std::move(done));
}

void PhoneSender::refuse(const Done& done, control::SipOutcome outcome) {
  ++counters_.refused;
  control_.post([done, outcome = std::move(outcome)] { done(outcome, false); });
}

void PhoneSender::send_message(const control::OutgoingMessage& message, Done done) {
  const auto& to = *message.to;
  if (message.body.size() > longest_body && message.body.size() <= max_body(to)) {
    return send_by_ari(message, std::move(done));
  }
  if (message.body.size() > longest_body) {
    return refuse(done, {513, fmt::format("Message Too Large: {} bytes, and Asterisk's manager takes {}",
                                          message.body.size(), longest_body)});
  }
  Fields fields{{"Destination", fmt::format("pjsip:{}/{}", address_of(to)->endpoint, to.contact)},
                {"To", uri_of(to.user, to.domain)},
                {"From", uri_of(message.from_user.empty() ? to.user : message.from_user, to.domain)},
                {std::string(variable), as_variable("Content-Type", message.content_type)},
                {"Base64Body", http::base64(message.body)}};
  auto answered = watched(fields, std::move(done));
  ami_.ask("MessageSend", std::move(fields), options_.answer_limit, std::move(answered));
}

void PhoneSender::send_by_ari(const control::OutgoingMessage& message, Done done) {
  const auto& to = *message.to;
  AriMessage letter;
  letter.to = fmt::format("pjsip:{}/{}", address_of(to)->endpoint, to.contact);
  letter.from = uri_of(message.from_user.empty() ? to.user : message.from_user, to.domain);
  letter.body = message.body;
  letter.content_type = message.content_type;
  if (answers_ != nullptr) letter.reference = answers_->expect(done);
  const auto reference = letter.reference;
  ari_->send(
      std::move(letter), lifetime_.guard([this, reference, done = std::move(done)](const LongMessages::Answer& answer) {
        ++(answer.ok ? counters_.sent : counters_.refused);
        if (answers_ != nullptr) {
          return answer.ok ? answers_->taken(reference) : answers_->refused(reference, {0, answer.why}, answer.is_lost);
        }
        control::SipOutcome outcome;
        outcome.reason = answer.ok ? "sent by Asterisk" : answer.why;
        outcome.unconfirmed = answer.ok;
        done(std::move(outcome), false);
      }));
}

Ami::Done PhoneSender::watched(Fields& fields, Done done) {
  if (answers_ == nullptr) {
    return lifetime_.guard(
        [this, done = std::move(done)](const Ami::Answer& answer) { done(outcome_of(answer), false); });
  }
  auto reference = answers_->expect(std::move(done));
  fields.emplace_back(variable, as_variable(reference_header, reference));
  return lifetime_.guard([this, reference = std::move(reference)](const Ami::Answer& answer) {
    auto outcome = outcome_of(answer);
    answer.ok ? answers_->taken(reference) : answers_->refused(reference, std::move(outcome), answer.lost);
  });
}

void PhoneSender::send_notify(const control::OutgoingMessage& message, Done done) {
  const auto& to = *message.to;
  const auto lines = as_content_lines(message.body);
  if (!lines) return refuse(done, {513, "Message Too Large: " + lines.error()});
  const auto* address = address_of(to);
  // One contact of several is told by its URI, which Asterisk takes with a default_outbound_endpoint only.
  Fields fields{address->alone ? Fields::value_type("Endpoint", address->endpoint)
                               : Fields::value_type("URI", to.contact)};
  fields.emplace_back(variable, as_variable("Event", message.event));
  if (!message.content_type.empty()) {
    fields.emplace_back(variable, as_variable("Content-Type", message.content_type));
    for (const std::string& line : *lines) fields.emplace_back(variable, as_variable(content, line));
  }
  if (notifies_.entered(to.contact) >= most_waiting) return refuse(done, {0, "too many NOTIFYs wait for this phone"});
  const auto notify = [this, fields = std::move(fields)](const control::ContactQueue::Token& way, const Done& then) {
    auto asked = fields;
    auto answered = watched(asked, then);  // from now on, not from when it began to wait
    // The way stays taken until the gap is over, so that what comes meanwhile waits.
    ami_.ask("PJSIPNotify", std::move(asked), options_.answer_limit,
             lifetime_.guard([this, way, answered](const Ami::Answer& answer) mutable {
               clock_.after(options_.notify_gap, [way = std::move(way)]() mutable { way.reset(); });
               answered(answer);
             }));
  };
  const auto place = ++last_queued_;
  const auto turn = [this, place, notify](const control::ContactQueue::Token& way) {
    if (const auto then = taken_from_queue(place)) notify(way, then);
  };
  if (const auto way = notifies_.enter(to.contact, lifetime_.guard(turn))) return notify(way, done);
  const auto over = lifetime_.guard([this, place] {
    if (const auto then = taken_from_queue(place))
      refuse(then, {0, "not sent in time: Asterisk is not done with what was sent before"});
  });
  queued_.emplace(place, Queued{std::move(done), clock_.after(options_.answer_limit, over)});
}

PhoneSender::Done PhoneSender::taken_from_queue(std::uint64_t place) {
  auto queued = queued_.extract(place);
  if (queued.empty()) return nullptr;
  clock_.cancel(queued.mapped().timer);
  return std::move(queued.mapped().done);
}

void PhoneSender::stop() {
  while (!queued_.empty()) refuse(taken_from_queue(queued_.begin()->first), {0, "stopping"});
}

control::SipOutcome PhoneSender::outcome_of(const Ami::Answer& answer) {
  if (!answer.ok) {
    ++counters_.refused;
    return {0, answer.response.fields.empty() ? answer.message : "Asterisk: " + answer.message};
  }
  ++counters_.sent;
  control::SipOutcome outcome;
  outcome.reason = "sent by Asterisk";
  outcome.unconfirmed = true;
  return outcome;
}

}  // namespace snom::asterisk
