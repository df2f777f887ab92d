#include "cluster/held.h"

#include <utility>

namespace snom::cluster {

using registration::RegistrationPointer;

namespace {

std::shared_ptr<const void> both(std::shared_ptr<const void> under_way, std::shared_ptr<const void> turn) {
  using Both = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  return std::make_shared<const Both>(std::move(under_way), std::move(turn));
}

}  // namespace

tl::expected<std::vector<RegistrationPointer>, std::string> HeldPhones::find(const Query& query) const {
  auto found = all_.find(query);
  if (found) {
    std::erase_if(*found, [this](const RegistrationPointer& one) { return !nodes_.holds(one->address_of_record()); });
  }
  return found;
}

std::optional<std::string> HeldPhones::account(const Query& query) const {
  auto known = all_.account(query);
  return known ? std::move(known) : nodes_.phone_elsewhere(query);
}

std::vector<registration::Directory::Query> HeldPhones::names() const {
  auto names = all_.names();
  std::erase_if(names, [this](const Query& name) { return !nodes_.holds(name.user + "@" + name.domain); });
  return names;
}

std::vector<RegistrationPointer> HeldPhones::all() const {
  auto all = all_.all();
  std::erase_if(all, [this](const RegistrationPointer& one) { return !nodes_.holds(one->address_of_record()); });
  return all;
}

void HeldSender::send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) {
  const auto address_of_record = message.to->address_of_record();
  auto turn = nodes_.speak_to(address_of_record);
  if (turn == nullptr) {
    executor_.post([done = std::move(done), why = nodes_.why_not(address_of_record)] { done({0, why}); });
    return;
  }
  message.may_repeat = [weak = std::weak_ptr(turn)] {
    const auto kept = weak.lock();
    return kept != nullptr && kept->may_repeat();
  };
  if (lingering_ != nullptr) done = lingering_->until_over(*message.to, turn, std::move(done));
  message.under_way = both(std::move(message.under_way), std::move(turn));
  to_.send(std::move(message), std::move(done));
}

void HeldSubscriptions::notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
                               std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) {
  const auto address_of_record = contact->address_of_record();
  auto turn = nodes_.speak_to(address_of_record);
  if (turn == nullptr) {
    executor_.post([done = std::move(done), why = nodes_.why_not(address_of_record)] { done({0, why}); });
    return;
  }
  done = lingering_.until_over(*contact, turn, std::move(done));
  to_.notify(contact, std::move(keys), both(std::move(under_way), std::move(turn)), std::move(done));
}

void HeldWeb::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  // A page that a command names by its address is nobody's.
  if (request.address_of_record.empty()) return to_.get(std::move(request), std::move(done));
  auto turn = nodes_.speak_to(request.address_of_record);
  if (turn == nullptr) {
    executor_.post([done = std::move(done), why = nodes_.why_not(request.address_of_record)] { done({0, why}); });
    return;
  }
  to_.get(std::move(request), [turn = std::move(turn), done = std::move(done)](control::WebOutcome outcome) mutable {
    turn.reset();
    done(std::move(outcome));
  });
}

}  // namespace snom::cluster
