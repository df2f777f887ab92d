#include "asterisk/ami_client.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "asterisk/ami_link.h"
#include "language/hex.h"
#include "language/text.h"
#include "runtime/random.h"

namespace snom::asterisk {
namespace {

/// Items of one list: a PBX with more contacts has another problem.
constexpr std::size_t most_items = 1000000;

}  // namespace

const std::vector<std::string>& AmiClient::events_of_interest() {
  static const std::vector<std::string> names = {"ContactStatus",    "DeviceStateChange", "ParkedCall",
                                                 "QueueMemberPause", "SuccessfulAuth",    "UserEvent"};
  return names;
}

AmiClient::AmiClient(Options options, runtime::Executor& control, runtime::Clock& clock, Listener& listener)
    : control_(control),
      clock_(clock),
      listener_(listener),
      id_prefix_("snomd-" + language::to_hex(runtime::random_bytes(16)) + "-") {
  Link::Told told;
  told.logged_in = [this](std::string banner) {
    control_.post(lifetime_.guard([this, banner = std::move(banner)] { logged_in(banner); }));
  };
  told.lost = [this](std::string why) { control_.post(lifetime_.guard([this, why = std::move(why)] { lost(why); })); };
  told.read = [this](std::vector<AmiMessage> messages) {
    auto shared = std::make_shared<std::vector<AmiMessage>>(std::move(messages));
    control_.post(lifetime_.guard([this, shared] { read(std::move(*shared)); }));
  };
  link_ = std::make_unique<Link>(std::move(options), id_prefix_, std::move(told));
}

AmiClient::~AmiClient() { stop(); }

void AmiClient::start() { link_->start(); }

void AmiClient::stop() {
  if (std::exchange(stopped_, true)) return;
  link_->stop();
  connected_ = false;
  end_all("stopping");
}

void AmiClient::ask(std::string action, Fields fields, std::chrono::milliseconds limit, Done done) {
  const auto id = ++last_id_;
  const auto refuse = [&](std::string why) {
    Answer answer;
    answer.message = std::move(why);
    control_.post([done = std::move(done), answer = std::move(answer)] { done(answer); });
  };
  if (!connected_) return refuse(stopped_ ? "stopping" : "no connection to Asterisk's manager");
  fields.insert(fields.begin(), {"ActionID", id_prefix_ + std::to_string(id)});
  const auto text = write_action(action, fields);
  if (!text) return refuse(text.error());
  if (!link_->write(*text)) return refuse("Asterisk's manager does not read");
  Pending pending;
  pending.done = std::move(done);
  pending.timer = clock_.after(limit, lifetime_.guard([this, id, limit] {
    Answer late;
    late.message =
        fmt::format("no answer of Asterisk's manager within {} s", static_cast<double>(limit.count()) / 1000);
    late.lost = true;
    finish(id, std::move(late));
  }));
  pending_.emplace(id, std::move(pending));
  link_->await(pending_.size());
  flush_later();
}

void AmiClient::logged_in(const std::string& banner) {
  connected_ = true;
  last_why_.clear();
  listener_.connected(banner);
}

void AmiClient::lost(const std::string& why) {
  connected_ = false;
  end_all("the connection to Asterisk's manager was lost");
  if (std::exchange(last_why_, why) != why) listener_.disconnected(why);
}

void AmiClient::read(std::vector<AmiMessage> messages) {
  link_->taken();
  for (AmiMessage& message : messages) take(std::move(message));
}

void AmiClient::take(AmiMessage message) {
  const auto action_id = message.get("ActionID");
  if (!action_id.starts_with(id_prefix_)) {
    if (message.get("Response").empty()) listener_.event(message);
    return;
  }
  const auto number = action_id.substr(id_prefix_.size());
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error != std::errc() || end != number.data() + number.size()) return;
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Pending& pending = found->second;
  if (!message.get("Response").empty()) {
    pending.answer.ok = message.get("Response") == "Success";
    pending.answer.message = language::printable(message.get("Message"));
    pending.listing = pending.answer.ok && message.get("EventList") == "start";
    pending.answer.response = std::move(message);
    if (!pending.listing) finish(id, std::move(pending.answer));
    return;
  }
  if (!pending.listing) return;
  const auto list = message.get("EventList");
  if (list == "Complete" || list == "cancelled") {
    pending.answer.ok = list == "Complete";
    if (!pending.answer.ok) pending.answer.message = "Asterisk broke the list off";
    return finish(id, std::move(pending.answer));
  }
  if (pending.answer.items.size() < most_items) pending.answer.items.push_back(std::move(message));
}

void AmiClient::finish(std::uint64_t id, Answer answer) {
  auto pending = pending_.extract(id);
  if (pending.empty()) return;
  clock_.cancel(pending.mapped().timer);
  link_->await(pending_.size());
  control_.post(
      [done = std::move(pending.mapped().done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

void AmiClient::flush_later() {
  if (std::exchange(flush_is_due_, true)) return;
  control_.post(lifetime_.guard([this] {
    flush_is_due_ = false;
    link_->flush();
  }));
}

void AmiClient::end_all(const std::string& why) {
  while (!pending_.empty()) {
    Answer answer;
    answer.message = why;
    answer.lost = true;
    finish(pending_.begin()->first, std::move(answer));
  }
}

}  // namespace snom::asterisk
