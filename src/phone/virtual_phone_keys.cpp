#include <algorithm>
#include <utility>

#include "language/percent.h"
#include "phone/virtual_phone.h"

namespace snom::phone {

namespace {

constexpr std::size_t waiting_limit = 4096;
constexpr std::size_t entry_limit = 128;
constexpr int last_menu_item = 4;
constexpr int loudest = 15;
constexpr std::chrono::milliseconds usual_dtmf{160};

std::int64_t milliseconds_between(VirtualPhone::TimePoint from, VirtualPhone::TimePoint to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

tl::expected<void, language::Error> VirtualPhone::press(const std::vector<language::KeyPress>& sequence) {
  std::vector<Step> steps;
  steps.reserve(sequence.size());
  for (const language::KeyPress& press : sequence) {
    auto key = find_key(press.key, options_.model, options_.expansion_keys);
    if (!key) {
      return tl::make_unexpected(
          language::Error{"key", "'" + press.key + "' is not a key of a " + options_.model.user_agent});
    }
    steps.push_back({std::move(*key), press.hold.value_or(std::chrono::milliseconds(0)),
                     press.pause.value_or(std::chrono::milliseconds(0))});
  }
  if (steps_.size() + steps.size() > waiting_limit) {
    return tl::make_unexpected(language::Error{"key", "more than 4096 key presses wait: try again later"});
  }
  std::move(steps.begin(), steps.end(), std::back_inserter(steps_));
  if (!stepping_) run_steps();
  return {};
}

void VirtualPhone::run_steps() {
  stepping_ = true;
  while (!steps_.empty()) {
    const Step step = std::move(steps_.front());
    steps_.pop_front();
    const TimePoint pressed = clock_.now();
    act(step.key, step.hold);
    if (step.hold.count() > 0) {
      later(step.hold, [this, step, pressed] {
        released(step.key, pressed);
        later(step.pause, [this] { run_steps(); });
      });
      return;
    }
    released(step.key, pressed);
    if (step.pause.count() > 0) {
      later(step.pause, [this] { run_steps(); });
      return;
    }
  }
  stepping_ = false;
}

void VirtualPhone::released(const PhoneKey& key, TimePoint pressed) {
  if (observer_ == nullptr) return;
  const TimePoint now = clock_.now();
  tell("key", {{"key", key.name},
               {"pressed_ms", milliseconds_between(started_, pressed)},
               {"released_ms", milliseconds_between(started_, now)},
               {"held_ms", milliseconds_between(pressed, now)}});
}

void VirtualPhone::act(const PhoneKey& key, std::chrono::milliseconds hold) {
  ++key_presses_;
  if (rebooting_) return;
  switch (key.kind) {
    case KeyKind::digit:
      press_digit(key.digit, hold);
      break;
    case KeyKind::function:
      press_function_key(keys_[static_cast<std::size_t>(key.index - 1)]);
      break;
    case KeyKind::expansion:
      press_function_key(keys_[static_cast<std::size_t>(options_.model.function_keys + key.index)]);
      break;
    case KeyKind::enter:
      press_enter();
      break;
    case KeyKind::cancel:
      press_cancel();
      break;
    case KeyKind::dnd:
      dnd_ = !dnd_;
      tell("dnd", {{"on", dnd_}});
      break;
    case KeyKind::volume_up:
      volume_ = std::min(volume_ + 1, loudest);
      break;
    case KeyKind::volume_down:
      volume_ = std::max(volume_ - 1, 0);
      break;
    case KeyKind::menu:
      menu_ = !menu_;
      menu_item_ = 0;
      break;
    case KeyKind::down:
      if (menu_) menu_item_ = std::min(menu_item_ + 1, last_menu_item);
      break;
    case KeyKind::up:
      if (menu_) menu_item_ = std::max(menu_item_ - 1, 0);
      break;
    case KeyKind::clear:
      entry_.clear();
      break;
    case KeyKind::rec:
    case KeyKind::soft:
    case KeyKind::right:
    case KeyKind::left:
    case KeyKind::function_menu:
      break;  // told as key events, without effect
    default:
      act_in_call(key);
      break;
  }
  touch();
}

void VirtualPhone::act_in_call(const PhoneKey& key) {
  switch (key.kind) {
    case KeyKind::offhook:
      handset_up_ = true;
      audio_ = "handset";
      pick_up();
      break;
    case KeyKind::onhook:
      handset_up_ = false;
      put_down();
      break;
    case KeyKind::speaker:
    case KeyKind::headset:
      audio_ = key.kind == KeyKind::speaker ? "speaker" : "headset";
      if (call_in(CallState::talking) == nullptr) pick_up();
      break;
    case KeyKind::mute:
      muted_ = call_in(CallState::talking) != nullptr && !muted_;
      break;
    case KeyKind::redial:
      if (!list(CallList::dialled).empty()) dial(std::string(list(CallList::dialled).front()));
      break;
    case KeyKind::hold:
    case KeyKind::recall:
      toggle_hold();
      break;
    case KeyKind::transfer:
      if (transferring_ && !entry_.empty()) {
        transfer_to(std::exchange(entry_, {}));
      } else if (Call* talking = call_in(CallState::talking)) {
        transferring_ = true;
        entry_.clear();
        talking->state = CallState::held;
        line_.hold(talking->id, true);
        tell_call(*talking, "held");
      }
      break;
    case KeyKind::disconnect: {
      const Call* call = current();
      if (call != nullptr) end(call->id, 486);
      break;
    }
    default:
      break;
  }
}

void VirtualPhone::press_function_key(FunctionKey& key) {
  const language::Button& button = key.button;
  const auto action = button.action.value_or(language::Action::invite);
  tell("press", {{"key", button.key},
                 {"place", key.name},
                 {"number", button.number},
                 {"action", std::string(to_string(action))}});
  if (key.definition) {
    const auto press = key.definition->pressed();
    if (press.does == language::XmlDefinition::Press::Does::invite) return dial(press.target);
    if (press.does == language::XmlDefinition::Press::Does::get) press_url_key(key.name, press.target);
    return;
  }
  if (!key.watched.empty()) return dial(std::string(key.watched));
  if (key.type == "url") return press_url_key(key.name, key.argument);
  if (key.type == "speed" && !key.argument.empty()) return dial(std::string(key.argument));
  if (key.type != "button") return;
  if (button.number.empty()) return;  // Snom: no number, nothing is sent
  if (action == language::Action::invite) {
    dial(std::string(button.number));
    return;
  }
  const auto body = options_.press_type.empty() ? std::string() : "k=" + button.key + "\r\n";
  line_.message(
      language::percent_encode_sip_user(button.number), options_.press_type, body,
      lifetime_.guard([this, number = button.number, argument = button.key](int status, const std::string& reason) {
        tell("press_answered", {{"key", argument}, {"number", number}, {"status", status}, {"reason", reason}});
      }));
}

void VirtualPhone::press_url_key(const std::string& name, const std::string& url) {
  if (web_ == nullptr) return;
  web_->get(url, lifetime_.guard([this, name](int status, const std::string& reason) {
    // Without the address, which may be what the press is proven by.
    tell("press_answered", {{"key", name}, {"number", std::string()}, {"status", status}, {"reason", reason}});
  }));
}

void VirtualPhone::press_digit(char digit, std::chrono::milliseconds hold) {
  const Call* talking = call_in(CallState::talking);
  if (talking != nullptr && !transferring_) {
    line_.send_dtmf(talking->id, digit, hold.count() > 0 ? hold : usual_dtmf);
    return;
  }
  if (entry_.size() < entry_limit) entry_ += digit;
}

void VirtualPhone::press_enter() {
  if (Call* ringing = call_in(CallState::ringing)) {
    answer(*ringing);
  } else if (!entry_.empty()) {
    const std::string number = std::exchange(entry_, {});
    if (transferring_) {
      transfer_to(number);
    } else {
      dial(number);
    }
  }
}

void VirtualPhone::press_cancel() {
  if (const Call* ringing = call_in(CallState::ringing)) {
    end(ringing->id, 486);
  } else if (!entry_.empty()) {
    entry_.clear();
  } else if (transferring_) {
    transferring_ = false;
  } else if (const Call* call = current()) {
    end(call->id, 486);
  } else if (menu_) {
    menu_ = false;
  } else {
    off_hook_ = false;
    text_.clear();
    page_.clear();
  }
}

void VirtualPhone::pick_up() {
  if (Call* ringing = call_in(CallState::ringing)) {
    answer(*ringing);
  } else if (!entry_.empty()) {
    dial(std::exchange(entry_, {}));
  } else if (calls_.empty()) {
    off_hook_ = true;
  }
}

void VirtualPhone::put_down() {
  off_hook_ = false;
  transferring_ = false;
  entry_.clear();
  // A ringing call goes on ringing: putting the handset down is no refusal.
  const Call* call = call_in(CallState::talking);
  if (call == nullptr) call = call_in(CallState::calling);
  if (call != nullptr) end(call->id, 486);
}

}  // namespace snom::phone
