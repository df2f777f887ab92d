#include "asterisk/asterisk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace snom::asterisk {
namespace {

using Log = std::function<void(const std::string&)>;

/// Events of devices may be lost.
constexpr std::chrono::milliseconds lamps_again{60000};

Log warner(const std::string& name, Log warn) {
  return [name, warn = std::move(warn)](const std::string& line) {
    if (warn) warn(fmt::format("profile {}: {}", name, line));
  };
}

PhoneSource::Options with_log(PhoneSource::Options options, Log warn) {
  options.log = warner(options.profile, std::move(warn));
  return options;
}

}  // namespace

bool Asterisk::Options::operator==(const Options& other) const {
  return ami == other.ami && phones.profile == other.phones.profile && phones.domain == other.phones.domain &&
         phones.resend_at_refresh == other.phones.resend_at_refresh && phones.list_every == other.phones.list_every &&
         hep == other.hep && ari == other.ari && feature_prefix == other.feature_prefix && hints == other.hints &&
         lamps == other.lamps;
}

Asterisk::Asterisk(Options options, runtime::Executor& control, runtime::Clock& clock, registration::Watcher& watcher)
    : name_(options.phones.profile),
      feature_prefix_(std::move(options.feature_prefix)),
      pressed_(std::move(options.pressed)),
      hep_options_(std::move(options.hep)),
      control_(control),
      clock_(clock),
      warn_(std::move(options.warn)),
      inform_(std::move(options.inform)),
      ami_(std::move(options.ami), control, clock, *this),
      phones_(with_log(std::move(options.phones), warn_), ami_, control, clock, watcher),
      sender_(options.sender, ami_, control, clock,
              hep_options_ ? &answers_.emplace(options.sender.answer_limit, control, clock) : nullptr,
              options.ari ? &ari_.emplace(std::move(*options.ari), control, clock, told_by_ari()) : nullptr),
      lamps_(std::move(options.lamps), ami_, std::move(options.run), options.key_light, warner(name_, warn_)) {
  if (!options.hints) return;
  calls_.emplace(ami_, options.sender.answer_limit, ports_of_calls(options));
  watch_hints(options, control);
}

void Asterisk::watch_hints(const Options& options, runtime::Executor& control) {
  HintedKeys::Options its;
  its.answer_limit = options.sender.answer_limit;
  const auto told = [this, profile = phones_.profile(),
                     changed = options.key_subscribed](const ListedSubscription& one) {
    const auto contacts = phones_.find({profile, one.key.user, {}});
    if (!contacts || !changed) return;
    for (const auto& contact : *contacts) changed(contact, one.key.key);
  };
  const auto is_dark = [this, shown = options.key_light](const control::KeyAddress& key) {
    return shown && shown(key.user + "@" + phones_.domain(), key.key).light == language::Light::off;
  };
  hinted_.emplace(its, ami_, control, clock_, told, is_dark, warner(name_, warn_));
  phones_.tell_when_listed([this] { hinted_->list(); });
}

KeyCalls::Ports Asterisk::ports_of_calls(const Options& options) {
  KeyCalls::Ports ports;
  ports.find = [this](std::string_view endpoint) { return pressing(endpoint); };
  ports.pressed = [pressed = options.key_pressed](const auto& from, const std::string& key) {
    return pressed ? pressed(from, key) : control::CommandService::KeyPress{};
  };
  ports.refused = [this](const auto& from, const std::string& extension) {
    if (pressed_) (void)pressed_({from, extension, {}, {}});
  };
  return ports;
}

AriClient::Told Asterisk::told_by_ari() {
  AriClient::Told told;
  told.opened = [this] {
    if (inform_) inform_(fmt::format("profile {}: connected to Asterisk's ARI", name_));
  };
  told.closed = [this](const std::string& why) {
    if (warn_) warn_(fmt::format("profile {}: no connection to Asterisk's ARI: {}", name_, why));
  };
  told.text = [this](const AriText& text) { said(text); };
  told.texts_lost = [this](const std::string& why) {
    if (warn_) warn_(fmt::format("profile {}: texts of phones are lost: {}", name_, why));
  };
  return told;
}

/// Asterisk has authenticated who said it.
void Asterisk::said(const AriText& text) { (void)press(text.endpoint, {{}, text.target, text.target_host, text.body}); }

std::vector<registration::RegistrationPointer> Asterisk::pressing(std::string_view endpoint) const {
  auto contacts = phones_.contacts_of_endpoint(endpoint);
  for (auto& contact : contacts) {
    registration::Registration from = *contact;
    from.network_host.clear();  // a claim of the phone's: nobody is to be locked out by it
    contact = std::move(from);
  }
  return contacts;
}

bool Asterisk::press(std::string_view endpoint, control::CommandService::Press what) {
  if (!pressed_) return false;
  return std::ranges::any_of(pressing(endpoint), [&](const auto& from) {
    what.from = from;
    return pressed_(what);
  });
}

tl::expected<void, std::string> Asterisk::start() {
  if (hep_options_) {
    auto opened = HepReader::open(*hep_options_, [this](SipCopy copy) {
      control_.post(lifetime_.guard([this, copy = std::move(copy)] {
        if (hep_) hep_->taken();
        answers_->copied(copy);
      }));
    });
    if (!opened) return tl::unexpected(fmt::format("[[profile]] {}: hep {}", name_, opened.error()));
    hep_ = std::move(*opened);
  }
  if (ari_) ari_->start();
  ami_.start();
  ask_lamps_later();
  return {};
}

void Asterisk::stop() {
  hep_.reset();
  phones_.stop();
  if (ari_) ari_->stop();
  sender_.stop();
  ami_.stop();
  if (answers_) answers_->stop();
}

void Asterisk::ask_again(const Query& query, std::function<void()> done) { phones_.ask_again(query, std::move(done)); }

void Asterisk::connected(const std::string& banner) {
  if (inform_) inform_(fmt::format("profile {}: connected to Asterisk ({})", name_, banner));
  if (calls_) calls_->connected();
  if (hinted_) hinted_->connected();  // before the phones: by which channel they get their keys is known then
  phones_.connected();
  lamps_.connected();  // behind the list of accounts: phones that are away are known by then
}

void Asterisk::ask_lamps_later() {
  clock_.after(lamps_again, lifetime_.guard([this] {
    if (ami_.is_connected()) lamps_.ask_all();
    ask_lamps_later();
  }));
}

void Asterisk::disconnected(const std::string& why) {
  if (warn_) warn_(fmt::format("profile {}: no connection to Asterisk's manager: {}", name_, why));
  phones_.disconnected();
}

void Asterisk::event(const AmiMessage& message) {
  if (calls_) {
    if (const auto channel = channel_of_key_call(message)) return calls_->called(*channel);
  }
  if (!feature_prefix_.empty()) {
    if (const auto press = read_press(message, feature_prefix_)) return dialled(*press);
  }
  phones_.event(message);
  lamps_.event(message);
}

/// Any registered phone can forge such an event, with any channel in it: what counts is the code, which the phone was
/// told that it is for, and nobody else.
void Asterisk::dialled(const DialledPress& dialled) {
  if (!tries_.may_try(clock_.now())) {
    if (!std::exchange(too_many_tries_, true) && warn_) {
      warn_(fmt::format("profile {}: more than {} wrong press codes within a second: presses are passed over", name_,
                        TryLimit::most_a_second));
    }
    return;
  }
  too_many_tries_ = false;
  if (!press(dialled.endpoint, {{}, dialled.code, {}, {}})) tries_.was_wrong();
}

}  // namespace snom::asterisk
