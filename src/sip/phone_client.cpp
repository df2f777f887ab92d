#include "sip/phone_client.h"

#include <utility>

#include "sip/token.h"

namespace snom::sip {

struct PhoneClient::Delivery {
  control::OutgoingMessage message;
  std::vector<Way> ways;
  MessageClient::Done done;
  std::string call_id;
  std::size_t next = 0;
  std::size_t open = 0;

  [[nodiscard]] bool may_repeat() const { return !message.may_repeat || message.may_repeat(); }
};

bool reached_the_phone(const control::SipOutcome& outcome) {
  constexpr int request_timeout = 408;
  constexpr int flow_failed = 430;  // RFC 5626 section 11.5
  constexpr int service_unavailable = 503;
  return outcome.status != 0 && outcome.status != request_timeout && outcome.status != flow_failed &&
         outcome.status != service_unavailable;
}

void PhoneClient::send(control::OutgoingMessage message, std::vector<Way> ways, MessageClient::Done done) {
  auto delivery = std::make_shared<Delivery>();
  delivery->message = std::move(message);
  delivery->ways = std::move(ways);
  delivery->done = std::move(done);
  delivery->call_id = random_token();
  // One way alone has this limit anyway; of several, the last begins late.
  if (delivery->ways.size() > 1) {
    loop_.after(answer_timeout_, [this, weak = std::weak_ptr(delivery)] {
      const auto kept = weak.lock();
      if (kept && kept->done) std::exchange(kept->done, nullptr)({0, messages_.no_answer()});
    });
  }
  try_next(delivery);
}

void PhoneClient::try_next(const std::shared_ptr<Delivery>& delivery) {
  const std::size_t way = delivery->next++;
  ++delivery->open;
  const auto route = delivery->ways[way].route();
  if (!route) return answered(delivery, way, {0, route.error()});
  // Before it is sent: that may fail at once, and end everything.
  if (delivery->next < delivery->ways.size()) {
    const auto share = answer_timeout_ / static_cast<int>(delivery->ways.size());
    loop_.after(share, [this, weak = std::weak_ptr(delivery), next = delivery->next] {
      const auto kept = weak.lock();
      if (kept && kept->done && kept->next == next && kept->may_repeat()) try_next(kept);
    });
  }
  messages_.send(*route, delivery->message, delivery->call_id,
                 [this, delivery, way](control::SipOutcome outcome) { answered(delivery, way, std::move(outcome)); });
}

void PhoneClient::answered(const std::shared_ptr<Delivery>& delivery, std::size_t way, control::SipOutcome outcome) {
  --delivery->open;
  delivery->ways[way].note(outcome);
  if (!delivery->done) return;
  if (!reached_the_phone(outcome)) {
    const bool has_next = delivery->next < delivery->ways.size();
    if (has_next && delivery->may_repeat()) return try_next(delivery);
    if (delivery->open > 0) return;
    if (has_next && outcome.status != 0) outcome = {0, "another program may speak to the phone now"};
  }
  const auto done = std::exchange(delivery->done, nullptr);
  done(std::move(outcome));
}

}  // namespace snom::sip
