#include "snomd/phone_search.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "control/phone_selector.h"
#include "language/hex.h"
#include "language/phone_model.h"
#include "snomd/event_json.h"
#include "snomd/problem.h"
#include "snomd/turn.h"

namespace snom::snomd {
namespace {

/// What an entry keeps in memory until it is text, about.
constexpr std::size_t bytes_an_entry = 8192;

constexpr std::string_view stopping = "snomd is stopping";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `wanted` is in lower case.
bool contains(std::string_view text, std::string_view wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

}  // namespace

std::string PhoneSearch::Place::to_cursor() const {
  const auto text = std::string(to_string(state)) + ' ' + address_of_record;
  return language::to_hex({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

std::optional<PhoneSearch::Place> PhoneSearch::Place::of_cursor(std::string_view text) {
  if (text.size() % 2 != 0 || !language::is_hex(text)) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(language::hex_value(text[i]) * 16 + language::hex_value(text[i + 1]));
  }
  const auto blank = bytes.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto state = parse_phone_state(std::string_view(bytes).substr(0, blank));
  if (!state) return std::nullopt;
  return Place{*state, bytes.substr(blank + 1)};
}

PhoneSearch::PhoneSearch(sip::EventLoop& loop, picture::Workroom& workroom, std::function<ApiContext*()> context,
                         Wish wish, Detail detail, std::shared_ptr<const void> place)
    : loop_(loop),
      workroom_(workroom),
      context_(std::move(context)),
      wish_(std::move(wish)),
      detail_(std::move(detail)),
      place_(std::move(place)) {}

void PhoneSearch::answer(ResponderPointer responder) {
  responder_ = std::move(responder);
  const ApiContext* const context = context_();
  if (context == nullptr) return fail(stopping);
  phones_ = context->command_service.wanted_keys().phones();
  if (!wish_.with_keys_only) {
    std::unordered_set<std::string> known(phones_.begin(), phones_.end());
    for (const auto& name : context->directory.names()) {
      auto address_of_record = name.user + '@' + name.domain;
      if (known.insert(address_of_record).second) phones_.push_back(std::move(address_of_record));
    }
  }
  look();
}

void PhoneSearch::look() {
  const ApiContext* const context = context_();
  if (context == nullptr) return fail(stopping);
  for (Turn turn; next_ < phones_.size() && turn.goes_on();) look_at(*context, std::move(phones_[next_++]));
  if (next_ < phones_.size()) {
    loop_.post([self = shared_from_this()] { self->look(); });
    return;
  }
  phones_ = {};
  const auto taken =
      workroom_.run(found_.size() * sizeof(Place), [self = shared_from_this()](std::string_view why_not) {
        if (!why_not.empty()) return self->fail(why_not);
        self->put_in_order();
        self->loop_.post([self] { self->copy(); });
      });
  if (!taken) fail(taken.error());
}

void PhoneSearch::look_at(const ApiContext& context, std::string address_of_record) {
  const auto phone = summary_of(context.command_service, context.directory, std::move(address_of_record));
  if (!is_listed(phone) || !is_found(context, phone)) return;
  const auto state = phone.state();
  ++states_[static_cast<std::size_t>(state)];
  if (!wish_.states.empty() && std::find(wish_.states.begin(), wish_.states.end(), state) == wish_.states.end()) return;
  ++total_;
  found_.push_back({state, phone.address_of_record});
}

bool PhoneSearch::is_listed(const PhoneSummary& phone) const {
  return wish_.with_keys_only ? phone.keys.all() > 0 : !phone.is_nobody();
}

bool PhoneSearch::is_found(const ApiContext& context, const PhoneSummary& phone) const {
  if (!wish_.models.empty()) {
    const auto has_model = [this](const auto& contact) {
      const auto model = language::parse_user_agent(contact->user_agent);
      return model && std::find(wish_.models.begin(), wish_.models.end(), model->name) != wish_.models.end();
    };
    if (std::none_of(phone.contacts.begin(), phone.contacts.end(), has_model)) return false;
  }
  if (wish_.search.empty() || contains(phone.address_of_record, wish_.search)) return true;
  for (const auto& contact : phone.contacts) {
    if (contains(contact->user_agent, wish_.search) || contains(contact->network_host, wish_.search) ||
        contains(contact->profile, wish_.search)) {
      return true;
    }
  }
  const auto keys = context.command_service.wanted_keys().wanted(phone.address_of_record);
  return std::any_of(keys.begin(), keys.end(), [this](const control::WantedButton* key) {
    return !key->cleared && contains(key->button.label, wish_.search);
  });
}

void PhoneSearch::put_in_order() {
  const auto order = [this](const Place& place) {
    const auto state = wish_.order == Order::state ? place.state : PhoneState::silent;
    return std::tuple<PhoneState, const std::string&>(state, place.address_of_record);
  };
  const auto before = [&order](const Place& a, const Place& b) { return order(a) < order(b); };
  if (wish_.after) std::erase_if(found_, [&](const Place& place) { return !before(*wish_.after, place); });
  const auto count = std::min(wish_.limit, found_.size());
  const auto end = found_.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(found_.begin(), end, found_.end(), before);
  more_ = end != found_.end();
  found_.erase(end, found_.end());
  next_ = 0;
}

void PhoneSearch::copy() {
  const ApiContext* const context = context_();
  if (context == nullptr) return fail(stopping);
  for (Turn turn; next_ < found_.size() && turn.goes_on();) {
    const auto& place = found_[next_++];
    auto phone = summary_of(context->command_service, context->directory, place.address_of_record);
    if (is_listed(phone)) entries_.push_back(detail_(*context, std::move(phone)));
  }
  if (next_ < found_.size()) {
    loop_.post([self = shared_from_this()] { self->copy(); });
    return;
  }
  const auto taken = workroom_.run(entries_.size() * bytes_an_entry, [self = shared_from_this()](std::string_view why) {
    if (!why.empty()) return self->fail(why);
    self->send();
  });
  if (!taken) fail(taken.error());
}

void PhoneSearch::send() {
  nlohmann::json states = nlohmann::json::object();
  for (std::size_t i = 0; i < states_.size(); ++i) states[std::string(phone_states[i])] = states_[i];
  auto phones = nlohmann::json::array();
  for (const auto& entry : entries_) phones.push_back(entry());
  const auto next = more_ ? nlohmann::json(found_.back().to_cursor()) : nlohmann::json(nullptr);
  responder_->send(json_response(
      200, {{"phones", std::move(phones)}, {"next", next}, {"total", total_}, {"states", std::move(states)}}));
}

void PhoneSearch::fail(std::string_view why) { responder_->send(problem(503, std::string(why))); }

}  // namespace snom::snomd
