#include <algorithm>
#include <array>
#include <utility>

#include "language/text.h"
#include "phone/state_json.h"
#include "phone/virtual_phone.h"

namespace snom::phone {

namespace {

constexpr std::string_view accepted_xml = "application/snomxml";
constexpr std::size_t remembered_leds = 256;
constexpr std::size_t waiting_fetches = 1024;
constexpr std::size_t text_limit = 2000;

/// Keys as Snom XML names them, seen to work on phones or named by Snom's pages, and the key that each one is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> xml_keys{{{"F_CANCEL", "CANCEL"},
                                                                                  {"F_OK", "ENTER"},
                                                                                  {"ENTER", "ENTER"},
                                                                                  {"F_HOLD", "F_HOLD"},
                                                                                  {"F_TRANSFER", "TRANSFER"},
                                                                                  {"F_MUTE", "MUTE"},
                                                                                  {"F_DND", "DND"},
                                                                                  {"F_REDIAL", "REDIAL"},
                                                                                  {"F_UP", "UP"},
                                                                                  {"F_DOWN", "DOWN"},
                                                                                  {"F_LEFT", "LEFT"},
                                                                                  {"F_RIGHT", "RIGHT"}}};

/// Names of command.htm?key= that do nothing as XML: phones were seen not to act on the first three, and the others
/// have another name there.
constexpr std::array<std::string_view, 12> other_vocabulary{"OFFHOOK", "ANSWER", "OK", "CANCEL", "TRANSFER", "MUTE",
                                                            "DND",     "REDIAL", "UP", "DOWN",   "LEFT",     "RIGHT"};

/// What /state.json and an event may show: no setting that may be a password.
std::string shown(const language::SilentDocument& document) {
  language::SilentDocument copy = document;
  if (copy.id.empty()) copy.id = "-";
  std::erase_if(copy.fetches, [](const language::Fetch& fetch) { return fetch.fragments.empty(); });
  for (language::Fetch& fetch : copy.fetches) {
    for (language::Fragment& fragment : fetch.fragments) {
      auto* setting = std::get_if<language::SetSetting>(&fragment);
      if (setting != nullptr && is_secret_setting(setting->name)) setting->value = "***";
    }
  }
  // What a phone takes may be more than what we would write; its kind is told at least.
  return language::write_snom_xml(copy).value_or("SnomIPPhoneSilent");
}

}  // namespace

VirtualPhone::SipReply VirtualPhone::refuse_xml(int status, std::string_view reason, const std::string& why) const {
  tell("xml_refused", {{"status", status}, {"why", why}});
  return {status, std::string(reason), std::string(status == 415 ? accepted_xml : std::string_view())};
}

VirtualPhone::SipReply VirtualPhone::take_xml(std::string_view type, std::string_view body) {
  if (options_.refuse_xml != 0) return refuse_xml(options_.refuse_xml, "", "as this phone was told to");
  const auto notify = settings_.find("xml_notify");
  const bool wanted = notify == settings_.end() ? options_.model.takes_xml_by_default() : notify->second == "on";
  if (!wanted) return refuse_xml(489, "Bad Event", "this firmware takes Snom XML only with xml_notify on");
  if (type != language::snom_xml_content_type) {
    return refuse_xml(415, "Unsupported Media Type", "its content is not " + std::string(accepted_xml));
  }
  const auto document = language::parse_snom_xml(body);
  if (!document) return refuse_xml(400, "Bad Snom XML", document.error().text());
  if (const auto* silent = std::get_if<language::SilentDocument>(&*document)) {
    if (!options_.model.has_silent_xml()) {
      return refuse_xml(415, "Unsupported Media Type", "this model or firmware does not run SnomIPPhoneSilent");
    }
    if (fetches_ + silent->fetches.size() > waiting_fetches) {
      return refuse_xml(503, "Busy", "more than 1024 fetches wait for their time");
    }
    last_xml_ = shown(*silent);
    ++xml_documents_;
    tell("xml", {{"document", std::string("SnomIPPhoneSilent")}, {"id", silent->id}, {"xml", last_xml_}});
    for (const language::Led& led : silent->leds) light(led);
    for (const language::Fetch& fetch : silent->fetches) {
      ++fetches_;
      // Afterwards, so that the answer still gets out.
      later(fetch.after, [this, fragments = fetch.fragments, boot = boots_] {
        if (boot != boots_) return;
        --fetches_;
        run(fragments);
      });
    }
    return {200, "OK", {}};
  }
  ++xml_documents_;
  if (const auto* page = std::get_if<language::TextDocument>(&*document)) {
    text_ = (page->title.empty() ? "" : page->title + ": ") + page->text;
    text_ = text_.substr(0, text_limit);
    last_xml_ = "SnomIPPhoneText";
    tell("xml", {{"document", last_xml_}, {"title", page->title}, {"text", page->text}});
    return {200, "OK", {}};
  }
  last_xml_ = std::get<language::OtherDocument>(*document).name;
  tell("xml", {{"document", last_xml_}});
  return {200, "OK", {}};
}

const language::Led* VirtualPhone::led_of(const FunctionKey& key) const {
  const auto place = static_cast<int>(&key - keys_.data()) + 1;
  const auto number = led_number(place);
  if (!number) return nullptr;
  const auto found = leds_.find(*number);
  return found == leds_.end() ? nullptr : &found->second;
}

std::optional<int> VirtualPhone::led_number(int place) const {
  if (!options_.quirks.led_offset) return options_.model.traits->led_of_key(place);
  if (place < 1 || place > options_.model.function_keys) return std::nullopt;
  return *options_.quirks.led_offset + place - 1;
}

void VirtualPhone::light(const language::Led& told) {
  if (options_.quirks.ignores_leds) return;
  language::Led led = told;
  led.colour = options_.quirks.seen(told.colour);
  if (led.state == language::LedState::off) {
    leds_.erase(led.number);  // the phone has it back
  } else if (leds_.size() < remembered_leds || leds_.contains(led.number)) {
    leds_[led.number] = led;
  }
  std::string place;
  for (int key = 1; key <= options_.model.function_keys; ++key) {
    if (led_number(key) == led.number) place = "P" + std::to_string(key);
  }
  tell("led", {{"number", led.number},
               {"place", place},
               {"state", language::lower_case(to_string(led.state))},
               {"colour", led.colour ? std::string(to_string(*led.colour)) : std::string()}});
}

void VirtualPhone::run(const std::vector<language::Fragment>& fragments) {
  struct Runner {
    VirtualPhone& phone;
    void operator()(const language::PressKey& press) const { phone.press_xml_key(press.key); }
    void operator()(const language::DialNumber& dial) const { phone.dial(dial.number); }
    void operator()(const language::Reboot& reboot) const {
      phone.restart(reboot.reset ? Restart::factory_reset : Restart::reboot);
    }
    void operator()(const language::Reregister& again) const {
      if (again.identity.value_or(0) == 0) phone.log_on();  // the one identity that this phone has
    }
    void operator()(const language::Unregister& gone) const {
      if (gone.identity.value_or(0) <= 0) phone.log_off();
    }
    void operator()(const language::ClearCallList& clear) const {
      switch (clear.list) {
        case language::ClearedList::missed:
          return phone.clear(CallList::missed);
        case language::ClearedList::dialled:
          return phone.clear(CallList::dialled);
        case language::ClearedList::received:
          return phone.clear(CallList::received);
      }
    }
    void operator()(const language::SetSetting& setting) const { phone.set_setting(setting.name, setting.value); }
  };
  for (const language::Fragment& fragment : fragments) {
    if (rebooting_) return;
    std::visit(Runner{*this}, fragment);
  }
}

void VirtualPhone::press_xml_key(const std::string& name) {
  std::string_view key = name;
  for (const auto& [xml, known] : xml_keys) {
    if (name == xml) key = known;
  }
  const bool elsewhere = std::find(other_vocabulary.begin(), other_vocabulary.end(), name) != other_vocabulary.end();
  const bool pressed = !elsewhere && press({{std::string(key), {}, {}}}).has_value();
  // F_CONFERENCE among them: here are no conferences.
  if (!pressed) tell("xml_key_ignored", {{"key", name}});
}

}  // namespace snom::phone
