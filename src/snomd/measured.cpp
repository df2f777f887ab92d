#include "snomd/measured.h"

#include <chrono>
#include <utility>

namespace snom::snomd {
namespace {

using Clock = std::chrono::steady_clock;

Way way_of(const control::OutgoingMessage& message) {
  if (!message.event.empty()) return Way::notify;
  return message.content_type.starts_with("text/") ? Way::text : Way::buttons;
}

Ending ending_of(int status, bool is_unconfirmed) {
  if (is_unconfirmed) return Ending::unconfirmed;
  if (status == 0) return Ending::silent;
  return status >= 200 && status < 300 ? Ending::accepted : Ending::refused;
}

}  // namespace

void MeasuredSender::send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) {
  const auto way = way_of(message);
  to_.send(std::move(message),
           [&metrics = metrics_, way, begun = Clock::now(), done = std::move(done)](control::SipOutcome outcome) {
             metrics.delivered(way, ending_of(outcome.status, outcome.unconfirmed), Clock::now() - begun);
             done(std::move(outcome));
           });
}

void MeasuredWeb::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  to_.get(std::move(request),
          [&metrics = metrics_, begun = Clock::now(), done = std::move(done)](control::WebOutcome outcome) {
            metrics.delivered(Way::http, ending_of(outcome.status, false), Clock::now() - begun);
            done(std::move(outcome));
          });
}

void MeasuredSubscriptions::notify(const registration::RegistrationPointer& contact,
                                   std::vector<control::KeyLight> keys, std::shared_ptr<const void> under_way,
                                   std::function<void(control::SipOutcome)> done) {
  to_.notify(contact, std::move(keys), std::move(under_way),
             [&metrics = metrics_, begun = Clock::now(), done = std::move(done)](control::SipOutcome outcome) {
               metrics.delivered(Way::subscription, ending_of(outcome.status, outcome.unconfirmed),
                                 Clock::now() - begun);
               done(std::move(outcome));
             });
}

void MeasuredStore::save(Change change, std::function<void(Result)> done) {
  metrics_.storing();
  to_.save(std::move(change), [&metrics = metrics_, begun = Clock::now(), done = std::move(done)](Result result) {
    metrics.stored(result                        ? Storing::kept
                   : result.error().overtaken_by ? Storing::overtaken
                                                 : Storing::failed,
                   Clock::now() - begun);
    done(std::move(result));
  });
}

}  // namespace snom::snomd
