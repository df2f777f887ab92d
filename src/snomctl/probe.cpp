#include "snomctl/probe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "file/read_file.h"
#include "file/write_file.h"
#include "language/command_line.h"
#include "language/percent.h"
#include "language/phone_model.h"
#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/probe_findings.h"
#include "snomctl/probe_person.h"

namespace snom::snomctl {
namespace {

using language::Colour;
using language::Light;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::array lights{Light::on,      Light::pickup, Light::hold,   Light::park,  Light::message,
                            Light::offline, Light::error,  Light::seized, Light::record};
constexpr std::array colours{Colour::red, Colour::green, Colour::orange};
/// A `k` that no phone's key has as its number.
constexpr const char* unknown_key = "snomctl-probe";
constexpr const char* label = "Probe";

int complain(const std::string& what, int status) {
  fmt::print(stderr, "snomctl: probe: {}\n", language::printable(what));
  return status;
}

volatile std::sig_atomic_t interrupted = 0;

/// What snomd or the phone cannot do: the probe cannot go on.
class NoPhone final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string check_look(const std::string& answer) {
  return parse_look(answer) ? "" : "expected dark, steady, slow, medium or fast, and a colour (red, green, orange)";
}
std::string check_yes_or_no(const std::string& answer) {
  return answer == "yes" || answer == "no" ? "" : "expected yes or no";
}
std::string check_done(const std::string& answer) { return answer == "done" ? "" : "expected done"; }

std::optional<int> place_of(const std::string& text) {
  int place = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), place);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && place >= 1 && place <= 999
             ? std::optional(place)
             : std::nullopt;
}
std::string check_place(const std::string& answer) {
  return answer == "none" || place_of(answer) ? "" : "expected the number of a key, or none";
}

/// Where a key is: "P2", "EK0".
bool is_place(std::string_view text) {
  text.remove_prefix(text.starts_with("EK") ? 2 : text.starts_with('P') ? 1 : text.size());
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_accepted(int status) { return status >= 200 && status < 300; }

class Probe {
 public:
  Probe(const Client& client, const ProbeOptions& options, ProbePerson& person)
      : client_(client),
        options_(options),
        person_(person),
        path_("/v1/phones/" + language::percent_encode(options.phone)) {}

  /// Who it is, and whether it can be put back afterwards. An error is for a person.
  tl::expected<void, std::string> look_first() {
    const auto contact = only_contact();
    if (!contact) return tl::unexpected(contact.error());
    const auto model = language::parse_user_agent(text_of(*contact, "user_agent"));
    if (!model) return tl::unexpected(fmt::format("{} does not say which Snom it is", options_.phone));
    found_.model = model->name;
    found_.firmware = fmt::format("{}", fmt::join(model->firmware, "."));
    traits_ = &language::traits_of(*model);
    return {};
  }
  /// A key that is wanted could not be told from what is tried.
  tl::expected<void, std::string> check_keys() {
    const auto keys = client_.get(path_ + "/buttons");
    if (!keys) return tl::unexpected(keys.error().text);
    for (const auto& button : list_of(*keys, "buttons")) {
      const auto key = text_of(button, "key");
      if (key != options_.key && key != options_.blf_key) continue;
      return tl::unexpected(fmt::format(
          "key {} of {} is set: take one that is not (--key, --blf-key), or snom_clear it", key, options_.phone));
    }
    return {};
  }

  void run() {
    fmt::print("{} is a snom{} with firmware {}.\n", options_.phone, found_.model, found_.firmware);
    fmt::print(
        "Its key {0} has to be of type Button, with the number {0}. Answer with what you see; ? or nothing where you "
        "do "
        "not know. Ctrl-C ends it, and puts everything back.\n\n",
        options_.key);
    buttons();
    leds();
    subscription();
    http();
    press_from_afar();
    if (options_.reboot) reboot();
  }

  /// What was tried is dark again, and what snomd wants is sent anew.
  void put_back() {
    for (const int led : touched_leds_) (void)try_led(led, Light::off, {});
    touched_leds_.clear();
    for (const auto& key : touched_keys_) {
      (void)client_.send("POST", path_ + "/trials", {{"channel", "buttons"}, {"key", key}, {"light", "off"}});
      (void)client_.send("DELETE", path_ + "/trials/" + language::percent_encode(key), nullptr);
    }
    touched_keys_.clear();
    if (!options_.blf_key.empty() && found_.takes_subscription) {
      (void)client_.send("POST", path_ + "/trials",
                         {{"channel", "subscription"}, {"key", options_.blf_key}, {"light", "off"}});
      (void)client_.send("DELETE", path_ + "/trials/" + language::percent_encode(options_.blf_key), nullptr);
    }
  }

  [[nodiscard]] const Findings& found() const { return found_; }
  [[nodiscard]] const language::ModelTraits& traits() const { return *traits_; }

 private:
  tl::expected<json, std::string> only_contact() {
    const auto phones = client_.get("/v1/phones");
    if (!phones) return tl::unexpected(phones.error().text);
    json found;
    for (const auto& contact : list_of(*phones, "phones")) {
      if (fmt::format("{}@{}", text_of(contact, "user"), text_of(contact, "domain")) != options_.phone) continue;
      if (!found.is_null()) {
        return tl::unexpected(fmt::format("{} has several phones registered: leave one of them", options_.phone));
      }
      found = contact;
    }
    if (found.is_null()) return tl::unexpected(fmt::format("{} is not registered", options_.phone));
    return found;
  }

  /// Sends one trial; how the phone answered goes into the report under this name.
  int send(const std::string& name, json trial) {
    if (interrupted != 0) throw ProbeEnded("interrupted");
    const auto answer = client_.send("POST", path_ + "/trials", trial);
    if (!answer) throw NoPhone(answer.error().text);
    const auto& contacts = list_of(*answer, "contacts");
    if (contacts.size() != 1) throw NoPhone(fmt::format("{} has not one phone registered any more", options_.phone));
    const auto status = static_cast<int>(number_of(contacts[0], "status"));
    found_.trials.push_back({name, status, text_of(contacts[0], "reason"), {}});
    return status;
  }
  std::optional<std::string> ask(const std::string& id, const std::string& question, const ProbePerson::Check& check) {
    auto answer = person_.ask(id, question, check);
    if (interrupted != 0) throw ProbeEnded("interrupted");
    if (answer && !found_.trials.empty()) {
      auto& seen = found_.trials.back().seen;
      seen += (seen.empty() ? "" : ", ") + *answer;
    }
    return answer;
  }
  std::optional<bool> ask_yes_or_no(const std::string& id, const std::string& question) {
    const auto answer = ask(id, question, check_yes_or_no);
    return answer ? std::optional(*answer == "yes") : std::nullopt;
  }
  Look ask_look(const std::string& id, const std::string& what) {
    const auto answer = ask(id, fmt::format("What does {} show?", what), check_look);
    return answer ? parse_look(*answer).value_or(Look{}) : Look{};
  }

  int try_button(const std::string& name, json more) {
    json trial = {{"channel", "buttons"}, {"key", options_.key}};
    trial.update(more);
    touched_keys_.insert(text_of(trial, "key"));
    return send("buttons " + name, std::move(trial));
  }

  void buttons() {
    const std::string key = "key " + options_.key;
    found_.buttons_status = try_button("light=on", {{"light", "on"}, {"label", label}});
    if (!is_accepted(found_.buttons_status)) {
      found_.takes_buttons = false;
      fmt::print("It does not take x-buttons ({}).\n", found_.buttons_status);
      return;
    }
    found_.looks[Light::on] = ask_look("buttons.light.on", key);
    const auto& on = found_.looks[Light::on];
    if (!on.rhythm.empty()) found_.takes_buttons = on.is_lit();
    found_.shows_label =
        ask_yes_or_no("buttons.label", fmt::format("Does the label beside it say {}? (yes, no)", label));
    found_.unknown_key_status = try_button("a key that it has not", {{"key", unknown_key}, {"light", "on"}});
    touched_keys_.erase(unknown_key);
    // One that answers 200 and lights nothing is not asked for more.
    if (found_.takes_buttons == false) return;
    for (const Light light : lights) {
      if (light == Light::on) continue;
      const std::string name(to_string(light));
      if (!is_accepted(try_button("light=" + name, {{"light", name}}))) continue;
      found_.looks[light] = ask_look("buttons.light." + name, key);
    }
    for (const Colour colour : colours) {
      const std::string name(to_string(colour));
      if (!is_accepted(try_button("colour=" + name, {{"light", "on"}, {"colour", name}}))) continue;
      const auto look = ask_look("buttons.color." + name, key);
      if (!look.colour.empty()) found_.colours[colour] = look.colour;
    }
    press();
  }

  static std::string new_number() {
    return fmt::format("probe-{:x}", std::chrono::steady_clock::now().time_since_epoch().count());
  }

  void press() {
    const auto number = new_number();
    if (is_accepted(try_button("action=message", {{"light", "on"}, {"number", number}, {"action", "message"}})) &&
        ask("buttons.press", fmt::format("Press key {}, then answer done.", options_.key), check_done)) {
      const auto sent = press_of(number);
      found_.sends_press = !sent.is_null();
      found_.press_type = text_of(sent, "content_type");
      found_.press_body = text_of(sent, "body");
    }
    if (is_accepted(
            try_button("action=invite", {{"light", "on"}, {"number", "snomctl-probe"}, {"action", "invite"}}))) {
      found_.calls_number = ask_yes_or_no(
          "buttons.call",
          fmt::format("Press key {}. Does the phone call, or say that it cannot? (yes, no)", options_.key));
    }
    (void)try_button("light=off", {{"light", "off"}});
  }
  /// Null when nothing came within two seconds.
  json press_of(const std::string& number) {
    for (int i = 0; i < 20; ++i) {
      const auto answer = client_.get(path_ + "/trials");
      if (answer && answer->contains("press") && text_of((*answer)["press"], "action") == number)
        return (*answer)["press"];
      std::this_thread::sleep_for(milliseconds(100));
    }
    return {};
  }

  int try_led(int led, Light light, std::optional<Colour> colour) {
    json trial = {{"channel", "notify"}, {"led", led}, {"light", std::string(to_string(light))}};
    if (colour) trial["colour"] = std::string(to_string(*colour));
    if (light == Light::off) {
      const auto answer = client_.send("POST", path_ + "/trials", trial);
      return answer ? 200 : 0;
    }
    touched_leds_.insert(led);
    return send(fmt::format("notify led {} {}", led, colour ? to_string(*colour) : to_string(light)), std::move(trial));
  }

  void leds() {
    // As the table has it, as others have theirs, and counted from 0 without any offset.
    std::vector<int> candidates;
    if (traits_->led_offset) candidates.push_back(*traits_->led_offset);
    for (const int other : {5, 2, 1, 9, 0, 13}) candidates.push_back(other);
    std::set<int> tried;
    for (const int led : candidates) {
      if (!tried.insert(led).second) continue;
      const int status = try_led(led, Light::on, Colour::red);
      if (found_.leds_status == 0) found_.leds_status = status;
      if (!is_accepted(status)) {
        found_.takes_leds = false;
        fmt::print("It does not take LEDs by NOTIFY ({}).\n", status);
        return;
      }
      const auto place = ask(fmt::format("led.{}", led), "Which key's LED has lit? (its number, or none)", check_place);
      if (place && *place != "none") {
        found_.takes_leds = true;
        found_.led_offset = led - (*place_of(*place) - 1);
        led_colours(led, *place);
        (void)try_led(led, Light::off, {});
        return;
      }
      if (place) found_.takes_leds = false;
      (void)try_led(led, Light::off, {});
    }
  }
  void led_colours(int led, const std::string& place) {
    for (const Colour colour : colours) {
      const std::string name(to_string(colour));
      if (!is_accepted(try_led(led, Light::on, colour))) continue;
      const auto look = ask_look("led.color." + name, "key " + place);
      if (!look.colour.empty()) found_.led_colours[colour] = look.colour;
    }
  }

  void subscription() {
    if (options_.blf_key.empty()) return;
    for (const Light light : {Light::on, Light::pickup, Light::hold, Light::off}) {
      const std::string name(to_string(light));
      const int status =
          send("subscription light=" + name, {{"channel", "subscription"}, {"key", options_.blf_key}, {"light", name}});
      if (!is_accepted(status)) {
        found_.takes_subscription = false;
        fmt::print("Key {} has no subscription that is answered.\n", options_.blf_key);
        return;
      }
      const auto look = ask_look("blf." + name, "key " + options_.blf_key);
      if (light == Light::on && !look.rhythm.empty()) found_.takes_subscription = look.is_lit();
    }
  }

  void http() {
    if (interrupted != 0) throw ProbeEnded("interrupted");
    const auto picture = client_.get_text(path_ + "/screen.png");
    found_.trials.push_back({"http screen", picture ? 200 : 0, picture ? "" : "no picture", {}});
    if (picture) {
      found_.has_http = true;
      return;
    }
    // What its page is, if it cannot be reached, is not known.
    const auto& why = picture.error().text;
    if (why.find("the phone has no such page") != std::string::npos ||
        why.find("no remote control by HTTP") != std::string::npos) {
      found_.has_http = false;
    }
  }

  /// The key, by the phone's page or by NOTIFY, as snomd chooses for its model: whether the phone then sends what it
  /// sends when a person presses it. Of a phone that sends nothing then, nothing can be known.
  void press_from_afar() {
    if (options_.place.empty() || found_.sends_press != true) return;
    const auto number = new_number();
    if (!is_accepted(try_button("action=message, pressed from afar",
                                {{"light", "on"}, {"number", number}, {"action", "message"}}))) {
      return;
    }
    const auto reply = client_.command(
        fmt::format("snom_command {} key {}", language::quote_argument(options_.phone), options_.place));
    if (!reply) throw NoPhone(reply.error());
    const bool is_sent = reply->starts_with("+OK");
    const bool by_notify = is_sent ? reply->find("[notify") != std::string::npos : !traits_->has_http_control;
    found_.trials.push_back({fmt::format("{} key {}", by_notify ? "notify" : "http", options_.place),
                             is_sent ? 200 : 0,
                             is_sent ? "" : "refused",
                             {}});
    (by_notify ? found_.is_pressed_by_notify : found_.is_pressed_by_http) = is_sent && !press_of(number).is_null();
    (void)try_button("light=off", {{"light", "off"}});
  }

  void reboot() {
    if (found_.takes_buttons != true) return;
    const auto before = only_contact();
    if (!before || !is_accepted(try_button("light=on, and a reboot", {{"light", "on"}, {"label", label}}))) return;
    const auto reply =
        client_.command(fmt::format("snom_command {} action reboot", language::quote_argument(options_.phone)));
    // By its page or by NOTIFY, where it has one of them that works; else by hand.
    const bool is_told = reply && reply->starts_with("+OK");
    if (!is_told && !ask("reboot.by-hand", "Reboot it, then answer done.", check_done)) return;
    if (is_told) fmt::print("It reboots.\n");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options_.reboot_limit_s);
    for (;;) {
      if (interrupted != 0) throw ProbeEnded("interrupted");
      const auto now = only_contact();
      if (now && text_of(*now, "call_id") != text_of(*before, "call_id")) break;
      if (std::chrono::steady_clock::now() > end) throw NoPhone("it did not register again after its reboot");
      std::this_thread::sleep_for(milliseconds(200));
    }
    const auto look = ask_look("reboot", "key " + options_.key);
    if (!look.rhythm.empty()) found_.lights_survive_reboot = look.is_lit();
  }

  const Client& client_;
  const ProbeOptions& options_;
  ProbePerson& person_;
  std::string path_;
  Findings found_;
  const language::ModelTraits* traits_ = nullptr;
  std::set<std::string> touched_keys_;
  std::set<int> touched_leds_;
};

/// A person who interrupts it gets his phone back as it was.
void heed_interruptions() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int write_report(const Findings& found, const language::ModelTraits& traits, const ProbeOptions& options) {
  auto name = options.output.empty() ? fmt::format("probe-{}-{}.txt", found.model, found.firmware) : options.output;
  if (const auto written = file::replace(name, report(found, traits)); !written) {
    return complain(fmt::format("--output: {}: {}", name, written.error()), probe_refused);
  }
  fmt::print("\nThe report is {}. Nothing in it tells whose phone it is: please send it, docs/phones.md says where.\n",
             language::printable(name));
  return probe_done;
}

int use(const Findings& found, const std::string& file) {
  if (keys_setting(found).empty()) {
    return complain("--use: nothing that was tried lights a key: the configuration stays as it is", probe_ended);
  }
  const auto text = file::read(file);
  if (!text) return complain("--use: " + text.error(), probe_refused);
  // The service goes on to read it: a link stays one, and owner, group and mode stay as they are.
  std::error_code failed;
  const auto target = std::filesystem::canonical(file, failed).string();
  const auto written = file::replace(failed ? file : target, with_channel(*text, found), file::Access::as_before);
  if (!written) {
    return complain(fmt::format("--use: {}: {}", file, written.error()), probe_refused);
  }
  fmt::print("{} has keys = \"{}\", channel = \"{}\" for the {} now: snomd takes it at SIGHUP.\n",
             language::printable(file), keys_setting(found), channel_setting(found), found.model);
  return probe_done;
}

}  // namespace

int probe(const Client& client, const ProbeOptions& options) {
  auto person = ProbePerson::at_terminal();
  if (!options.answers.empty()) {
    auto read = ProbePerson::from_file(options.answers);
    if (!read) return complain("--answers: " + read.error(), probe_refused);
    person = std::move(*read);
  }
  if (!options.use.empty()) {
    if (const auto there = file::read(options.use); !there) return complain("--use: " + there.error(), probe_refused);
  }
  if (!options.place.empty() && !is_place(options.place)) {
    return complain(
        fmt::format("--place: '{}' is no place of a key (expected such as P2, or EK0 on an expansion module)",
                    options.place),
        probe_refused);
  }
  Probe probe(client, options, person);
  if (const auto fine = probe.look_first(); !fine) return complain(fine.error(), probe_no_phone);
  if (const auto fine = probe.check_keys(); !fine) return complain(fine.error(), probe_refused);
  heed_interruptions();
  int status = probe_done;
  try {
    probe.run();
  } catch (const ProbeEnded& ended) {
    status = complain(ended.what(), probe_ended);
  } catch (const NoPhone& gone) {
    status = complain(gone.what(), probe_no_phone);
  }
  probe.put_back();
  if (status != probe_done) return status;
  status = write_report(probe.found(), probe.traits(), options);
  return status == probe_done && !options.use.empty() ? use(probe.found(), options.use) : status;
}

}  // namespace snom::snomctl
