#include "phone/hands.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "language/json_nesting.h"

namespace snom::phone {

namespace {

using nlohmann::json;
using Done = tl::expected<void, HandRefusal>;

constexpr std::size_t longest_number = 128;
constexpr std::size_t most_calls = 4;
constexpr int longest_hold = 10000;  // ms
constexpr int loudest = 15;

tl::unexpected<HandRefusal> refuse(int status, std::string_view field, std::string detail) {
  return tl::make_unexpected(HandRefusal{status, std::string(field), std::move(detail)});
}

/// The members of a body, each asked for once; what nobody asked for is an error.
class Fields {
 public:
  explicit Fields(json object) : object_(std::move(object)) {}

  [[nodiscard]] tl::expected<std::string, HandRefusal> text(std::string_view name, std::string_view expected) {
    const json* value = take(name);
    if (value == nullptr) return missing(name, expected);
    if (!value->is_string()) return refuse(400, name, "expected " + std::string(expected) + " as a string");
    return value->get<std::string>();
  }
  [[nodiscard]] tl::expected<int, HandRefusal> number(std::string_view name, int least, int most,
                                                      std::optional<int> otherwise = std::nullopt) {
    const std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    const json* value = take(name);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) return missing(name, expected);
    if (!value->is_number_integer() || *value < least || *value > most)
      return refuse(400, name, "expected " + expected);
    return value->get<int>();
  }
  [[nodiscard]] tl::expected<bool, HandRefusal> truth(std::string_view name,
                                                      std::optional<bool> otherwise = std::nullopt) {
    const json* value = take(name);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) return missing(name, "true or false");
    if (!value->is_boolean()) return refuse(400, name, "expected true or false");
    return value->get<bool>();
  }
  [[nodiscard]] Done no_more() const {
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(taken_, name) == taken_.end()) {
        return refuse(400, name.substr(0, 64), "is not known here" + known());
      }
    }
    return {};
  }

 private:
  const json* take(std::string_view name) {
    taken_.emplace_back(name);
    const auto found = object_.find(taken_.back());
    return found == object_.end() ? nullptr : &*found;
  }
  static tl::unexpected<HandRefusal> missing(std::string_view name, std::string_view expected) {
    return refuse(400, name, "is missing: expected " + std::string(expected));
  }
  [[nodiscard]] std::string known() const {
    std::string names;
    for (const std::string& name : taken_) names += (names.empty() ? " (expected " : ", ") + name;
    return names.empty() ? " (this action takes nothing)" : names + ")";
  }

  const json object_;
  std::vector<std::string> taken_;
};

Done from(const tl::expected<void, language::Error>& pressed) {
  if (pressed) return {};
  return refuse(400, pressed.error().argument, pressed.error().message);
}

Done press(VirtualPhone& phone, Fields& fields) {
  const auto key = fields.text("key", "the name of a key");
  if (!key) return tl::make_unexpected(key.error());
  const auto hold = fields.number("hold_ms", 0, longest_hold, 0);
  if (!hold) return tl::make_unexpected(hold.error());
  if (auto more = fields.no_more(); !more) return more;
  return from(phone.press({{*key, std::chrono::milliseconds(*hold), std::nullopt}}));
}

template <auto Move>
Done finger(VirtualPhone& phone, Fields& fields) {
  const auto key = fields.text("key", "the name of a key");
  if (!key) return tl::make_unexpected(key.error());
  if (auto more = fields.no_more(); !more) return more;
  return from((phone.*Move)(*key));
}

Done digits(VirtualPhone& phone, Fields& fields) {
  const auto text = fields.text("digits", "digits, * or #");
  if (!text) return tl::make_unexpected(text.error());
  if (auto more = fields.no_more(); !more) return more;
  if (text->empty() || text->size() > longest_number || text->find_first_not_of("0123456789*#") != std::string::npos) {
    return refuse(400, "digits", "expected 1 to 128 digits, * or #");
  }
  std::vector<language::KeyPress> sequence;
  for (const char digit : *text) sequence.push_back({std::string(1, digit), std::nullopt, std::nullopt});
  return from(phone.press(sequence));
}

Done dial(VirtualPhone& phone, Fields& fields) {
  const auto number = fields.text("number", "a number or SIP address");
  if (!number) return tl::make_unexpected(number.error());
  if (auto more = fields.no_more(); !more) return more;
  const bool plain = std::ranges::all_of(*number, [](char c) { return static_cast<unsigned char>(c) > 0x20; });
  if (number->empty() || number->size() > longest_number || !plain) {
    return refuse(400, "number", "expected 1 to 128 bytes without blanks or control characters");
  }
  if (phone.calls().size() >= most_calls) return refuse(409, "", "the phone has four calls already");
  phone.dial(*number);
  return {};
}

Done handset(VirtualPhone& phone, Fields& fields) {
  const auto position = fields.text("position", "up or down");
  if (!position) return tl::make_unexpected(position.error());
  if (auto more = fields.no_more(); !more) return more;
  if (*position != "up" && *position != "down") return refuse(400, "position", "expected up or down");
  if ((*position == "up") == phone.handset_is_up()) return {};
  return from(phone.press({{*position == "up" ? "OFFHOOK" : "ONHOOK", std::nullopt, std::nullopt}}));
}

Done volume(VirtualPhone& phone, Fields& fields) {
  const auto level = fields.number("level", 0, loudest);
  if (!level) return tl::make_unexpected(level.error());
  if (auto more = fields.no_more(); !more) return more;
  phone.set_volume(*level);
  return {};
}

Done hold(VirtualPhone& phone, Fields& fields) {
  const auto on = fields.truth("on");
  if (!on) return tl::make_unexpected(on.error());
  if (auto more = fields.no_more(); !more) return more;
  if (*on) return phone.hold_talking() ? Done() : refuse(409, "on", "there is no call to hold");
  return phone.resume_held() ? Done() : refuse(409, "on", "no call is on hold");
}

Done answer(VirtualPhone& phone, Fields& fields) {
  if (auto more = fields.no_more(); !more) return more;
  return phone.answer_ringing() ? Done() : refuse(409, "", "the phone does not ring");
}

Done hang_up(VirtualPhone& phone, Fields& fields) {
  if (auto more = fields.no_more(); !more) return more;
  return phone.end_current() ? Done() : refuse(409, "", "there is no call");
}

Done reboot(VirtualPhone& phone, Fields& fields) {
  const auto reset = fields.truth("factory_reset", false);
  if (!reset) return tl::make_unexpected(reset.error());
  if (auto more = fields.no_more(); !more) return more;
  phone.restart(*reset ? VirtualPhone::Restart::factory_reset : VirtualPhone::Restart::reboot);
  return {};
}

Done line(VirtualPhone& phone, Fields& fields) {
  const auto on = fields.truth("on");
  if (!on) return tl::make_unexpected(on.error());
  if (auto more = fields.no_more(); !more) return more;
  if (*on) {
    phone.log_on();
  } else {
    phone.log_off();
  }
  return {};
}

using Act = Done (*)(VirtualPhone&, Fields&);
constexpr std::array<std::pair<std::string_view, Act>, 12> actions{{{"press", press},
                                                                    {"key-down", finger<&VirtualPhone::key_down>},
                                                                    {"key-up", finger<&VirtualPhone::key_up>},
                                                                    {"digits", digits},
                                                                    {"dial", dial},
                                                                    {"handset", handset},
                                                                    {"volume", volume},
                                                                    {"hold", hold},
                                                                    {"answer", answer},
                                                                    {"hang-up", hang_up},
                                                                    {"reboot", reboot},
                                                                    {"line", line}}};

}  // namespace

std::string hand_actions() {
  std::string names;
  for (const auto& [name, act] : actions) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

Done do_with_hands(VirtualPhone& phone, std::string_view action, std::string_view body) {
  const auto found = std::ranges::find(actions, action, &std::pair<std::string_view, Act>::first);
  if (found == actions.end()) return refuse(404, "", "no such action: expected " + hand_actions());
  if (language::is_json_too_deep(body)) {
    return refuse(400, "", "the body is nested more than " + std::to_string(language::deepest_json) + " deep");
  }
  json object = body.empty() ? json::object() : json::parse(body, nullptr, false);
  if (!object.is_object()) return refuse(400, "", "the body is not a JSON object");
  Fields fields(std::move(object));
  if (phone.is_rebooting()) return refuse(409, "", "the phone is rebooting");
  return found->second(phone, fields);
}

}  // namespace snom::phone
