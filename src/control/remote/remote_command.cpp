#include "control/remote/remote_command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/commands/redact.h"
#include "language/key_sequence.h"
#include "language/percent.h"
#include "language/refused.h"
#include "language/snom_xml.h"
#include "language/text.h"

namespace snom::control {
namespace {

using Words = CommandForm::Words;
using Made = tl::expected<RemoteCommand, std::string>;
using Steps = tl::expected<std::vector<XmlStep>, std::string>;

constexpr std::array forms = {
    CommandForm{"key", Words::one, "key <keys>"},
    CommandForm{"action", Words::one, "action <name>"},
    CommandForm{"dial", Words::one, "dial <number>"},
    CommandForm{"dtmf", Words::one, "dtmf <digits>"},
    CommandForm{"hangup", Words::none, "hangup"},
    CommandForm{"hold", Words::none, "hold"},
    CommandForm{"transfer", Words::one, "transfer <number>"},
    CommandForm{"dnd", Words::none, "dnd"},
    CommandForm{"logoff", Words::optional_identity, "logoff [<identity>]"},
    CommandForm{"reregister", Words::optional_identity, "reregister [<identity>]"},
    CommandForm{"setting", Words::name_and_value, "setting <name> <value>"},
    CommandForm{"message", Words::rest_of_line, "message <text>"},
    CommandForm{"screen", Words::one, "screen <file>"},
    CommandForm{"provision", Words::none, "provision"},
};

constexpr std::size_t most_digits = 128;
constexpr std::string_view key_digits = "0123456789*#";

std::string press(std::string_view keys) { return "/command.htm?key=" + language::percent_encode(keys); }

/// The one NOTIFY that makes the phone do this.
Steps silent(language::Fragment fragment) {
  language::SilentDocument document;
  document.id = "command";
  document.fetches.push_back({std::chrono::milliseconds(10), {std::move(fragment)}});
  auto written = language::write_snom_xml(document);
  if (!written) return tl::unexpected(written.error().text());
  return std::vector<XmlStep>{{std::move(*written), {}}};
}

/// A NOTIFY for each key. XML cannot say how long a key is held: that time passes before the next one, if it is told
/// when that should be.
Steps keys_by_xml(const std::vector<language::KeyPress>& keys) {
  std::vector<XmlStep> steps;
  for (const auto& key : keys) {
    const auto name = language::xml_key_name(key.key);
    if (!name) return tl::unexpected(name.error().message);
    auto step = silent(language::PressKey{*name});
    if (!step) return step;
    if (key.pause) step->front().pause = *key.pause + key.hold.value_or(std::chrono::milliseconds(0));
    steps.push_back(std::move(step->front()));
  }
  return steps;
}

std::vector<language::KeyPress> each(std::string_view digits) {
  std::vector<language::KeyPress> keys;
  for (const char digit : digits) keys.push_back({std::string(1, digit), {}, {}});
  return keys;
}

Made key(const std::string& typed) {
  const auto parsed = language::parse_key_sequence(typed);
  if (!parsed) return tl::unexpected(parsed.error().text());
  RemoteCommand command;
  command.web = press(typed);
  command.xml = keys_by_xml(*parsed);
  return command;
}

Made one_key(std::string_view web_name, std::string_view xml_name) {
  RemoteCommand command;
  command.web = press(web_name);
  command.xml = silent(language::PressKey{std::string(xml_name)});
  return command;
}

struct Action {
  std::string_view name;
  std::string_view path_and_query;
  language::Fragment fragment;
};
const std::array<Action, 5>& actions() {
  using language::ClearCallList;
  using language::ClearedList;
  static const std::array all = {
      Action{"reboot", "/advanced_update.htm?reboot=Reboot", language::Reboot{false}},
      Action{"reset", "/advanced_update.htm?reset=Reset", language::Reboot{true}},
      Action{"dialeddel", "/index.htm?dialeddel=0", ClearCallList{ClearedList::dialled}},
      Action{"misseddel", "/index.htm?misseddel=0", ClearCallList{ClearedList::missed}},
      Action{"receiveddel", "/index.htm?receiveddel=0", ClearCallList{ClearedList::received}},
  };
  return all;
}

Made action(std::string_view name) {
  for (const auto& known : actions()) {
    if (!language::equal_ignoring_case(name, known.name)) continue;
    RemoteCommand command;
    command.web = std::string(known.path_and_query);
    command.xml = silent(known.fragment);
    return command;
  }
  return tl::unexpected(fmt::format("action {} not supported (supported actions are {})",
                                    language::in_quotes_to_its_blank(name), fmt::join(action_names(), ", ")));
}

Made dial(const std::string& number) {
  if (number.empty() || number.find(' ') != std::string::npos) {
    return tl::unexpected(fmt::format("number: {} cannot be dialled (expected a number or an address without blanks)",
                                      language::in_quotes_to_its_blank(number)));
  }
  if (const auto valid = language::check_text("number", number, most_digits); !valid) {
    return tl::unexpected(valid.error().text());
  }
  RemoteCommand command;
  command.web = "/command.htm?number=" + language::percent_encode(number);
  command.xml = silent(language::DialNumber{number});
  return command;
}

Made dtmf(const std::string& digits) {
  constexpr std::string_view tones = "0123456789*#ABCDabcd";
  if (digits.empty() || digits.size() > most_digits || digits.find_first_not_of(tones) != std::string::npos) {
    return tl::unexpected(fmt::format("digits: {} cannot be sent (expected up to {} of 0 to 9, *, #, A to D)",
                                      language::in_quotes_to_its_blank(digits), most_digits));
  }
  RemoteCommand command;
  command.web = "/command.htm?key_dtmf=" + language::percent_encode(digits);
  if (digits.find_first_not_of(key_digits) == std::string::npos) {
    command.xml = keys_by_xml(each(digits));
  } else {
    command.xml = tl::unexpected(std::string("no key sends the tones A to D"));
  }
  return command;
}

Made transfer(const std::string& number) {
  if (number.empty() || number.size() > most_digits || number.find_first_not_of(key_digits) != std::string::npos) {
    return tl::unexpected(fmt::format("number: {} cannot be typed on a phone's keys (expected 0 to 9, *, #)",
                                      language::in_quotes_to_its_blank(number)));
  }
  auto keys = each(number);
  keys.insert(keys.begin(), {"TRANSFER", {}, {}});
  keys.push_back({"ENTER", {}, {}});
  RemoteCommand command;
  command.web = press(language::to_string(keys));
  command.xml = keys_by_xml(keys);
  return command;
}

/// Snom's pages count identities from 1; the fragments from 0, and without a number they mean the first.
tl::expected<std::optional<int>, std::string> identity(const std::vector<std::string>& words) {
  constexpr int last = 12;
  if (words.empty()) return std::nullopt;
  const auto& text = words.front();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > last) {
    // Not repeated: it may be a misplaced user name or password.
    return tl::unexpected(std::string("identity: expected a number from 1 to 12"));
  }
  return number;
}

Made logoff(const std::vector<std::string>& words) {
  const auto number = identity(words);
  if (!number) return tl::unexpected(number.error());
  RemoteCommand command;
  command.web = *number ? fmt::format("/command.htm?LOGOFFLINE={}", **number) : "/command.htm?LOGOFFALL";
  command.xml = tl::unexpected(std::string("Snom XML can only remove an identity from the phone, not log it off"));
  return command;
}

Made reregister(const std::vector<std::string>& words) {
  const auto number = identity(words);
  if (!number) return tl::unexpected(number.error());
  const int identity = number->value_or(1);
  RemoteCommand command;
  command.web = fmt::format("/command.htm?REREGISTER={}", identity);
  command.xml = silent(language::Reregister{identity == 1 ? std::nullopt : std::optional(identity - 1)});
  return command;
}

Made setting(const std::string& name, const std::string& value) {
  if (name.find(' ') != std::string::npos) {
    return tl::unexpected(fmt::format("name: {} is not the name of a setting", language::in_quotes_to_its_blank(name)));
  }
  RemoteCommand command;
  auto xml = silent(language::SetSetting{name, value});
  if (!xml) return tl::unexpected(xml.error());
  command.web =
      fmt::format("/dummy.htm?settings=save&{}={}", language::percent_encode(name), language::percent_encode(value));
  command.xml = std::move(xml);
  return command;
}

Made message(const std::string& text) {
  if (text.empty()) return tl::unexpected(std::string("text: is empty"));
  auto written = language::write_snom_xml(language::TextDocument{{}, text});
  if (!written) return tl::unexpected(written.error().text());
  RemoteCommand command;
  command.web = tl::unexpected(std::string("a message goes by NOTIFY to a registered phone, not to a web page"));
  command.xml = std::vector<XmlStep>{{std::move(*written), {}}};
  command.any_firmware = true;
  return command;
}

Made screen(const std::string& file) {
  constexpr std::string_view allowed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.@";
  const bool is_name =
      file.size() <= 128 && !file.starts_with('.') && file.find_first_not_of(allowed) == std::string::npos;
  if (!is_name || file.size() < 5 || !language::equal_ignoring_case(file.substr(file.size() - 4), ".png")) {
    return tl::unexpected(fmt::format(
        "file: {} is not the name of a picture (expected letters, digits, - _ . @ and .png at the end; no folder)",
        language::in_quotes_to_its_blank(file)));
  }
  return picture_of_screen(file);
}

/// Has the phone fetch its settings; it goes on with what it does.
RemoteCommand provision() {
  RemoteCommand command;
  command.web = tl::unexpected(std::string("a phone is told by NOTIFY to fetch its settings, not by its web page"));
  command.xml = std::vector<XmlStep>{{{}, {}, "check-sync;reboot=false"}};
  command.any_firmware = true;
  return command;
}

}  // namespace

RemoteCommand picture_of_screen(std::string file) {
  RemoteCommand command;
  command.web = "/screen.bmp";
  command.xml = tl::unexpected(std::string("a picture of the screen comes by HTTP only"));
  command.screen_file = std::move(file);
  return command;
}

std::span<const CommandForm> command_forms() { return forms; }

std::vector<std::string_view> action_names() {
  std::vector<std::string_view> names;
  for (const auto& action : actions()) names.push_back(action.name);
  return names;
}

const CommandForm* command_form(std::string_view name) {
  const auto found = std::find_if(forms.begin(), forms.end(), [name](const CommandForm& form) {
    return language::equal_ignoring_case(form.name, name);
  });
  return found == forms.end() ? nullptr : &*found;
}

std::string command_names() {
  std::string names;
  for (const auto& form : forms) {
    if (!names.empty()) names += &form == &forms.back() ? " or " : ", ";
    names += form.name;
  }
  return names;
}

Made make_remote_command(const CommandForm& form, const std::vector<std::string>& words) {
  if (form.name == "key") return key(words.at(0));
  if (form.name == "action") return action(words.at(0));
  if (form.name == "dial") return dial(words.at(0));
  if (form.name == "dtmf") return dtmf(words.at(0));
  if (form.name == "transfer") return transfer(words.at(0));
  if (form.name == "logoff") return logoff(words);
  if (form.name == "reregister") return reregister(words);
  if (form.name == "setting") return setting(words.at(0), words.at(1));
  if (form.name == "message") return message(words.at(0));
  if (form.name == "screen") return screen(words.at(0));
  if (form.name == "provision") return provision();
  if (form.name == "hold") return one_key("F_HOLD", "F_HOLD");
  if (form.name == "dnd") return one_key("DND", "F_DND");
  // hangup: by XML the call that is shown ends, by HTTP all do.
  auto command = *one_key("F_CANCEL", "F_CANCEL");
  command.web = "/command.htm?RELEASE_ALL_CALLS";
  return command;
}

}  // namespace snom::control
