#include "phone/web_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "language/key_sequence.h"
#include "language/text.h"
#include "language/xml_text.h"
#include "phone/screen.h"
#include "phone/state_json.h"

namespace snom::phone {

namespace {

using language::xml_text;
using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr int identities = 12;

http::Response plain(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response done() { return plain(200, "OK\n"); }

std::string index_html(const VirtualPhone& phone) {
  const auto& options = phone.options();
  std::string html = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>" + xml_text(options.model.user_agent) +
                     "</title></head><body><h1>" + xml_text(options.user + "@" + options.domain) + "</h1><p>" +
                     xml_text(options.model.user_agent) +
                     (phone.is_registered() ? ", registered" : ", not registered") + "</p><h2>Display</h2><pre>";
  for (const std::string& line : phone.display()) html += xml_text(line) + "\n";
  html += "</pre><h2>Keys</h2><table><tr><th>Key<th>Light<th>Colour<th>Label<th>Action<th>Number</tr>";
  for (const FunctionKey& key : phone.keys()) {
    const language::Button& button = key.button;
    html += "<tr><td>" + key.name + "<td>" + std::string(to_string(button.light.value_or(language::Light::off)));
    if (const language::Led* led = phone.led_of(key)) {
      html += ", LED " + language::lower_case(to_string(led->state));
      if (led->colour) html += " " + std::string(to_string(*led->colour));
    }
    html += "<td>" + (button.colour ? std::string(to_string(*button.colour)) : std::string()) + "<td>" +
            xml_text(button.label) + "<td>" + std::string(to_string(button.action.value_or(language::Action::invite))) +
            "<td>" + xml_text(button.number) + "</tr>";
  }
  html += "</table>";
  constexpr std::array<std::pair<CallList, std::string_view>, 3> lists{
      {{CallList::dialled, "Dialled"}, {CallList::missed, "Missed"}, {CallList::received, "Received"}}};
  for (const auto& [list, title] : lists) {
    html += "<h2>" + std::string(title) + "</h2><ul>";
    for (const std::string& peer : phone.list(list)) html += "<li>" + xml_text(peer) + "</li>";
    html += "</ul>";
  }
  return html + "</body></html>\n";
}

http::Response press(VirtualPhone& phone, const std::string& text) {
  const auto sequence = language::parse_key_sequence(text);
  if (!sequence) return plain(400, sequence.error().message + "\n");
  const auto pressed = phone.press(*sequence);
  if (!pressed) return plain(400, pressed.error().text() + "\n");
  return done();
}

/// `LOGOFFLINE=1`, `REREGISTER=1`: identities are counted from 1 to 12, and this phone has the first only.
http::Response identity(const std::string& value, const char* name, const auto& first) {
  int number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc{} || result.ptr != value.data() + value.size() || number < 1 || number > identities) {
    return plain(400, std::string(name) + ": expected an identity from 1 to 12\n");
  }
  if (number == 1) first();
  return done();
}

http::Response command(VirtualPhone& phone, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "key") return press(phone, value);
    if (name == "number") {
      if (value.empty()) return plain(400, "number: nothing to dial\n");
      phone.dial(value);
      if (!phone.options().model.redirects_after_dialling()) return done();
      http::Response response = plain(302, "");
      response.headers.emplace_back("Location", "/index.htm");
      return response;
    }
    if (name == "key_dtmf") {
      if (value.empty() || value.find_first_not_of("0123456789*#ABCDabcd") != std::string::npos) {
        return plain(400, "key_dtmf: expected digits, * # or A to D\n");
      }
      if (value.size() > 128) return plain(400, "key_dtmf: more than 128 digits\n");
      phone.dtmf(value);
      return done();
    }
    if (name == "RELEASE_ALL_CALLS") return phone.release_all_calls(), done();
    if (name == "LOGOFFALL") return phone.log_off(), done();
    if (name == "LOGOFFLINE") return identity(value, "LOGOFFLINE", [&] { phone.log_off(); });
    if (name == "REREGISTER") return identity(value, "REREGISTER", [&] { phone.log_on(); });
  }
  return plain(400,
               "command.htm: expected key, number, key_dtmf, RELEASE_ALL_CALLS, LOGOFFALL, LOGOFFLINE or REREGISTER\n");
}

http::Response update(VirtualPhone& phone, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "reboot" && value == "Reboot") return phone.restart(VirtualPhone::Restart::reboot), done();
    if (name == "reset" && value == "Reset") return phone.restart(VirtualPhone::Restart::factory_reset), done();
  }
  return plain(400, "advanced_update.htm: expected reboot=Reboot or reset=Reset\n");
}

http::Response index(VirtualPhone& phone, const Parameters& parameters) {
  constexpr std::array<std::pair<std::string_view, CallList>, 3> lists{
      {{"dialeddel", CallList::dialled}, {"misseddel", CallList::missed}, {"receiveddel", CallList::received}}};
  for (const auto& [name, value] : parameters) {
    for (const auto& [parameter, list] : lists) {
      if (name == parameter && (value == "0" || value == "clear")) phone.clear(list);
    }
  }
  http::Response response = plain(200, index_html(phone));
  response.content_type = "text/html; charset=utf-8";
  return response;
}

http::Response minibrowser(VirtualPhone& phone, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "url" && !value.empty()) return phone.show_page(value), done();
  }
  return plain(400, "minibrowser.htm: expected url=ADDRESS\n");
}

http::Response picture(const VirtualPhone& phone) {
  http::Response response = plain(200, screen_bmp(phone));
  response.content_type = "image/bmp";
  return response;
}

/// Pages that act on the phone from outside, which D8xx phones do not have.
bool is_remote_control(std::string_view path) {
  constexpr std::array<std::string_view, 5> pages{"/command.htm", "/advanced_update.htm", "/dummy.htm",
                                                  "/minibrowser.htm", "/screen.bmp"};
  return std::find(pages.begin(), pages.end(), path) != pages.end();
}

http::Response save(VirtualPhone& phone, const Parameters& parameters) {
  bool asked = false;
  for (const auto& [name, value] : parameters) asked = asked || (name == "settings" && value == "save");
  if (!asked) return plain(400, "dummy.htm: expected settings=save&NAME=VALUE\n");
  for (const auto& [name, value] : parameters) {
    if (name != "settings" && !name.empty()) phone.set_setting(name, value);
  }
  return done();
}

}  // namespace

http::Response answer_page(VirtualPhone& phone, const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
    http::Response response = plain(405, "GET, HEAD or POST\n");
    response.headers.emplace_back("Allow", "GET, HEAD, POST");
    return response;
  }
  const Parameters parameters = http::parse_query(request.query);
  const std::string& path = request.path;
  if (path == "/state.json") {
    http::Response response = plain(200, state_json(phone));
    response.content_type = "application/json";
    return response;
  }
  if (phone.is_rebooting()) return plain(503, "rebooting\n");
  const bool controlled = phone.options().model.has_remote_control();
  if (!controlled && is_remote_control(path)) {
    return plain(404, "This model has no remote control by HTTP; use /press?key= on a virtual phone.\n");
  }
  if (path == "/command.htm") return command(phone, parameters);
  if (path == "/press") {
    for (const auto& [name, value] : parameters) {
      if (name == "key") return press(phone, value);
    }
    return plain(400, "press: expected key=\n");
  }
  if (path == "/advanced_update.htm") return update(phone, parameters);
  if (path == "/index.htm" || path == "/") return index(phone, controlled ? parameters : Parameters());
  if (path == "/dummy.htm") return save(phone, parameters);
  if (path == "/minibrowser.htm") return minibrowser(phone, parameters);
  if (path == "/screen.bmp") return picture(phone);
  return plain(404, "no such page\n");
}

}  // namespace snom::phone
