#include "phone/virtual_phone.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "language/buttons_document.h"
#include "language/text.h"

namespace snom::phone {

namespace {

constexpr std::size_t list_limit = 100;
constexpr std::size_t setting_limit = 1000;
constexpr std::size_t text_limit = 2000;
constexpr std::array<std::string_view, 5> menu_items{"Preferences", "Call Features", "Network", "Maintenance",
                                                     "Information"};

/// "Application/X-Buttons; charset=utf-8" -> "application/x-buttons"
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  return language::lower_case(type);
}

}  // namespace

VirtualPhone::VirtualPhone(Options options, Line& line, runtime::Clock& clock, Observer* observer)
    : options_(std::move(options)), line_(line), clock_(clock), observer_(observer), started_(clock.now()) {
  make_keys();
}

VirtualPhone::~VirtualPhone() = default;

void VirtualPhone::make_keys() {
  keys_.clear();
  const int count = options_.model.function_keys + options_.expansion_keys;
  keys_.reserve(static_cast<std::size_t>(count));
  for (int i = 1; i <= count; ++i) {
    FunctionKey key;
    key.name = i <= options_.model.function_keys ? "P" + std::to_string(i)
                                                 : "EK" + std::to_string(i - options_.model.function_keys - 1);
    key.button.key = std::to_string(i);
    keys_.push_back(std::move(key));
  }
  set_watched_keys();
}

void VirtualPhone::touch() const {
  if (observer_ != nullptr) observer_->changed(*this);
}

void VirtualPhone::tell(std::string name, std::vector<std::pair<std::string, Event::Value>> details) const {
  if (observer_ == nullptr) return;
  observer_->happened(*this, Event{std::move(name), std::move(details)});
  touch();
}

void VirtualPhone::tell_button(const FunctionKey& key) const {
  if (observer_ == nullptr) return;
  const language::Button& button = key.button;
  tell("button", {{"key", button.key},
                  {"place", key.name},
                  {"light", std::string(to_string(button.light.value_or(language::Light::off)))},
                  {"colour", button.colour ? std::string(to_string(*button.colour)) : std::string()},
                  {"label", button.label},
                  {"number", button.number},
                  {"action", std::string(to_string(button.action.value_or(language::Action::invite)))},
                  {"caller", button.caller}});
}

void VirtualPhone::later(std::chrono::milliseconds delay, std::function<void()> work) {
  clock_.after(delay, lifetime_.guard(std::move(work)));
}

// -- messages

VirtualPhone::SipReply VirtualPhone::message(std::string_view content_type, std::string_view body,
                                             std::string_view from) {
  if (rebooting_) return {};
  const std::string type = media_type(content_type);
  if (type == language::buttons_content_type && options_.refuse_buttons != 0) {
    tell("buttons_refused", {{"status", options_.refuse_buttons}, {"why", std::string("as this phone was told to")}});
    return {options_.refuse_buttons, "", options_.refuse_buttons == 415 ? "text/plain, text/html" : ""};
  }
  if (type == language::buttons_content_type) return take_buttons(body);
  if (type == "text/plain" || type == "text/html") {
    text_ = body.substr(0, text_limit);
    if (observer_ != nullptr) tell("text", {{"from", std::string(from)}, {"text", std::string(body)}});
    return {200, "OK", {}};
  }
  return {415, "Unsupported Media Type", "application/x-buttons, text/plain, text/html"};
}

VirtualPhone::SipReply VirtualPhone::take_buttons(std::string_view body) {
  auto document = language::parse_buttons_document(body);
  if (document && document->empty()) document = tl::make_unexpected(language::Error{"", "the document sets no key"});
  if (!document) {
    if (observer_ != nullptr) tell("buttons_refused", {{"status", 400}, {"why", document.error().text()}});
    return {400, "Bad Buttons Document", {}};
  }
  // All keys or none: a document that sets half of what was asked would be answered by neither 200 nor 404.
  if (options_.refuse_unknown_keys) {
    for (const language::Button& button : *document) {
      if (find_by_argument(button.key) != nullptr) continue;
      if (observer_ != nullptr) {
        tell("buttons_refused", {{"status", 404}, {"why", "this phone has no key '" + button.key + "'"}});
      }
      return {404, "No Such Key", {}};
    }
  }
  ++documents_;
  if (options_.quirks.ignores_buttons) return {200, "OK", {}};
  for (language::Button& button : *document) {
    FunctionKey* key = find_by_argument(button.key);
    if (key == nullptr) continue;
    key->button = options_.quirks.seen(std::move(button));
    tell_button(*key);
  }
  return {200, "OK", {}};
}

FunctionKey* VirtualPhone::find_by_argument(std::string_view argument) {
  // Documents set keys of type Button.
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const FunctionKey& key) {
    return key.button.key == argument && key.type == "button";
  });
  return found == keys_.end() ? nullptr : &*found;
}

VirtualPhone::SipReply VirtualPhone::notify(std::string_view event, std::string_view content_type,
                                            std::string_view body) {
  if (rebooting_) return {};
  const std::string name = media_type(event);
  if (name == language::snom_xml_event) return take_xml(media_type(content_type), body);
  if (name == "check-sync") {
    tell("notify", {{"name", std::string(event)}, {"status", 200}});
    const bool reboots = event.find("reboot=true") != std::string_view::npos;
    // Afterwards, so that the answer still gets out.
    later(std::chrono::milliseconds(0), [this, reboots] {
      if (reboots) return restart(Restart::reboot);
      if (options_.is_provisioned && !rebooting_) fetch_settings({});
    });
    return {200, "OK", {}};
  }
  if (name == "message-summary") {
    tell("notify", {{"name", std::string(event)}, {"status", 200}});
    return {200, "OK", {}};
  }
  // They speak of a call, and this one belongs to none.
  if (name == "talk" || name == "hold" || name == "refer") {
    tell("notify", {{"name", std::string(event)}, {"status", 481}});
    return {481, "", {}};
  }
  tell("notify", {{"name", std::string(event)}, {"status", 489}});
  return {489, "Bad Event", {}};
}

// -- registration

void VirtualPhone::registered(std::chrono::seconds expires) {
  registered_ = true;
  tell("registered", {{"expires_s", static_cast<std::int64_t>(expires.count())}});
  watch_keys();
}

void VirtualPhone::registration_failed(int status, const std::string& reason, std::chrono::milliseconds retry_in) {
  registered_ = false;
  tell("registration_failed",
       {{"status", status}, {"reason", reason}, {"retry_in_ms", static_cast<std::int64_t>(retry_in.count())}});
}

void VirtualPhone::unregistered() {
  registered_ = false;
  tell("unregistered");
}

void VirtualPhone::log_off() {
  logged_off_ = true;
  line_.log_off();
  touch();
}

void VirtualPhone::log_on() {
  if (rebooting_) return;
  logged_off_ = false;
  line_.log_on();
  touch();
}

void VirtualPhone::start() {
  if (!options_.is_provisioned) return log_on();
  fetch_settings([this] { log_on(); });
}

void VirtualPhone::restart(Restart how) {
  if (rebooting_) return;
  release_all_calls();
  tell("rebooting", {{"factory_reset", how == Restart::factory_reset}});
  rebooting_ = true;
  steps_.clear();
  line_.log_off();
  line_.start_afresh();
  const auto before = std::exchange(keys_, {});
  make_keys();
  if (options_.quirks.lights_survive_reboot && how == Restart::reboot) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (before[i].type == "button" && keys_[i].type == "button") keys_[i].button = before[i].button;
    }
  }
  leds_.clear();
  page_.clear();
  ++boots_;
  fetches_ = 0;
  if (how == Restart::factory_reset) {
    settings_.clear();
    lists_.clear();
  }
  entry_.clear();
  text_.clear();
  off_hook_ = transferring_ = dnd_ = muted_ = menu_ = logged_off_ = false;
  volume_ = 8;
  audio_ = "handset";
  handset_up_ = false;
  for (const auto& [name, finger] : fingers_) clock_.cancel(finger.tired);
  fingers_.clear();
  later(options_.reboot_time, [this] {
    rebooting_ = false;
    tell("rebooted");
    start();
  });
}

// -- lists, settings, display

void VirtualPhone::remember(CallList list, const std::string& peer) {
  auto& entries = lists_[list];
  entries.push_front(peer);
  if (entries.size() > list_limit) entries.pop_back();
}

void VirtualPhone::clear(CallList list) {
  lists_[list].clear();
  constexpr std::array<std::string_view, 3> names{"dialled", "missed", "received"};
  tell("list_cleared", {{"list", std::string(names[static_cast<std::size_t>(list)])}});
}

const std::deque<std::string>& VirtualPhone::list(CallList list) const {
  static const std::deque<std::string> none;
  const auto found = lists_.find(list);
  return found == lists_.end() ? none : found->second;
}

void VirtualPhone::set_setting(const std::string& name, const std::string& value) {
  if (settings_.size() >= setting_limit && !settings_.contains(name)) return;
  settings_[name] = value;
  tell("setting", {{"name", name}});  // the value may be a password
}

void VirtualPhone::show_page(const std::string& url) {
  page_ = url.substr(0, text_limit);
  tell("page", {{"url", page_}});
}

std::string_view VirtualPhone::state() const {
  const Call* call = current_call();
  if (call != nullptr && call->state == CallState::ringing) return to_string(call->state);
  if (!entry_.empty() || off_hook_ || transferring_) return "dialling";
  return call != nullptr ? to_string(call->state) : "idle";
}

std::vector<std::string> VirtualPhone::display() const {
  if (rebooting_) return {"Rebooting"};
  std::vector<std::string> lines{options_.user + (registered_ ? "" : " (not registered)")};
  if (dnd_) lines.emplace_back("Do not disturb");
  for (const Call& call : calls_) {
    switch (call.state) {
      case CallState::calling:
        lines.push_back("Calling " + call.peer);
        break;
      case CallState::ringing:
        lines.push_back(call.peer + " is calling");
        break;
      case CallState::talking:
        lines.push_back((call.held_by_peer ? "Held by " : "Connected to ") + call.peer);
        break;
      case CallState::held:
        lines.push_back("On hold: " + call.peer);
        break;
    }
  }
  if (transferring_) {
    lines.push_back("Transfer to: " + entry_);
  } else if (!entry_.empty() || off_hook_) {
    lines.push_back("Number: " + entry_);
  }
  if (menu_) lines.push_back("> " + std::string(menu_items[static_cast<std::size_t>(menu_item_)]));
  if (!page_.empty()) lines.push_back("Page: " + page_);
  if (!text_.empty()) lines.push_back(text_);
  return lines;
}

}  // namespace snom::phone
