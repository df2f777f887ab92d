#include "snomctl/show.h"

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <vector>

#include <fmt/format.h>

#include "language/text.h"
#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

/// Wider cells do not make the others of their column wider.
constexpr std::size_t widest_column = 100;

std::string text(const json& object, const char* name) { return text_of(object, name); }

/// Who did not do it, and why: ", but sip:... answered 404 Not Found".
std::string shortfalls(const json& data) {
  std::string out;
  for (const json& contact : list_of(data, "contacts")) {
    const auto status = number_of(contact, "status");
    if (status >= 200 && status < 300) continue;
    const std::string answer =
        status == 0 ? text(contact, "reason") : fmt::format("{} {}", status, text(contact, "reason"));
    out += fmt::format("{} {}: {}", out.empty() ? ", but" : ",", text(contact, "contact"), answer);
  }
  return out;
}

std::string body(std::string_view name, const json& data) {
  const std::string phone = text(data, "user") + "@" + text(data, "domain");
  const std::string address = text(data, "address_of_record");
  if (name == "registered") return fmt::format("{} at {} ({})", phone, text(data, "network"), text(data, "user_agent"));
  if (name == "unregistered") return fmt::format("{} at {}: {}", phone, text(data, "network"), text(data, "why"));
  if (name == "button") {
    const bool confirmed = flag_of(data, "confirmed");
    std::string line =
        fmt::format("{} key {}: {} '{}'", address, text(data, "key"), text(data, "light"), text(data, "label"));
    if (const auto number = text(data, "number"); !number.empty())
      line += fmt::format(", {} {}", text(data, "action"), number);
    return line + (confirmed ? ", confirmed" : ", not confirmed") + shortfalls(data);
  }
  if (name == "press") {
    if (!flag_of(data, "accepted"))
      return fmt::format("{} refused '{}': {}", address, text(data, "action"), text(data, "why"));
    const auto output = text(data, "output");
    return fmt::format("{} key {}: {}{}{}", address, text(data, "key"), text(data, "action"),
                       output.empty() ? "" : " -> ", output);
  }
  if (name == "keys") {
    const auto status = number_of(data, "status");
    const bool accepted = status >= 200 && status < 300;
    const auto count = number_of(data, "keys");
    return fmt::format("{} at {}: {} {} {}{}{} {}{}", address, text(data, "contact"), count,
                       count == 1 ? "key" : "keys", accepted ? "" : "not ",
                       flag_of(data, "restore") ? "restored" : "sent again", accepted ? "," : ":",
                       status == 0 ? "" : std::to_string(status) + " ", text(data, "reason"));
  }
  if (name == "gap") {
    const auto lost = text(data, "lost");
    return fmt::format("{} events are lost: {}", lost.empty() ? "some" : lost, text(data, "why"));
  }
  if (name == "command") return fmt::format("{} -> {}", text(data, "command"), text(data, "reply"));
  return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string show_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  std::vector<Row> shown(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      shown[row].push_back(language::printable(rows[row][i]));
      widths[i] = std::max(widths[i], std::min(display_width(shown[row][i]), widest_column));
    }
  }
  std::string out;
  for (const Row& row : shown) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      const auto width = display_width(row[i]);
      if (i + 1 < row.size()) line.append(std::max(widths[i], width) - width + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::size_t display_width(std::string_view value) {
  std::size_t width = 0;
  std::mbstate_t state{};
  while (!value.empty()) {
    wchar_t wide = 0;
    const std::size_t size = std::mbrtowc(&wide, value.data(), value.size(), &state);
    if (size == 0 || size > value.size()) {  // broken, or no UTF-8 locale: count the bytes that begin a character
      width += static_cast<std::size_t>(
          std::count_if(value.begin(), value.end(), [](char c) { return (c & 0xC0) != 0x80; }));
      break;
    }
    const int columns = wcwidth(wide);
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
    value.remove_prefix(size);
  }
  return width;
}

std::string show_phones(const json& phones) {
  const json& list = list_of(phones, "phones");
  if (list.empty()) return "no phone is registered\n";
  std::vector<Row> rows{{"PHONE", "PROFILE", "NETWORK", "TRANSPORT", "EXPIRES", "USER-AGENT", "WEB"}};
  for (const json& phone : list) {
    rows.push_back({text(phone, "user") + "@" + text(phone, "domain"), text(phone, "profile"), text(phone, "network"),
                    text(phone, "transport"), text(phone, "expires") + " s", text(phone, "user_agent"),
                    text(phone, "web")});
  }
  std::sort(rows.begin() + 1, rows.end());
  return show_table(rows);
}

std::string show_found_phones(const json& phones) {
  const json& list = list_of(phones, "phones");
  if (list.empty()) return "no such phone\n";
  std::vector<Row> rows{{"PHONE", "STATE", "MODEL", "KEYS", "PENDING", "FAILED", "NETWORK"}};
  for (const json& phone : list) {
    std::string networks;
    for (const json& contact : list_of(phone, "contacts")) {
      networks += (networks.empty() ? "" : ", ") + text(contact, "network");
    }
    rows.push_back({text(phone, "address_of_record"), text(phone, "state"), text(phone, "model"), text(phone, "keys"),
                    text(phone, "pending"), text(phone, "failed"), std::move(networks)});
  }
  return show_table(rows);
}

std::string show_buttons(const json& buttons) {
  const json& list = list_of(buttons, "buttons");
  if (list.empty()) {
    return fmt::format("no key of {} was set\n", language::printable(text(buttons, "address_of_record")));
  }
  std::vector<Row> rows{{"KEY", "LIGHT", "COLOUR", "LABEL", "ACTION", "NUMBER", "STATE"}};
  for (const json& button : list) {
    rows.push_back({text(button, "key"), text(button, "light"), text(button, "colour"), text(button, "label"),
                    text(button, "action"), text(button, "number"), text(button, "state")});
  }
  return show_table(rows);
}

std::string show_tokens(const json& tokens) {
  const json& list = list_of(tokens, "tokens");
  if (list.empty()) return "there is no token\n";
  std::vector<Row> rows{{"NAME", "ROLE", "CREATED", "PER SECOND", "MAX BODY"}};
  for (const json& token : list) {
    rows.push_back({text(token, "name"), text(token, "role"), text(token, "created"), text(token, "per_second"),
                    text(token, "max_body")});
  }
  return show_table(rows);
}

std::string show_groups(const json& groups) {
  const json& list = list_of(groups, "groups");
  if (list.empty()) return "there is no group\n";
  std::vector<Row> rows{{"GROUP", "CHANGED", "MEMBERS"}};
  for (const json& group : list) {
    std::string members;
    for (const json& member : list_of(group, "members")) {
      members += (members.empty() ? "" : ", ") + (member.is_string() ? member.get<std::string>() : member.dump());
    }
    rows.push_back({text(group, "name"), flag_of(group, "configured") ? "in snomd.toml" : "here", std::move(members)});
  }
  return show_table(rows);
}

std::string show_jobs(const json& jobs) {
  const json& list = list_of(jobs, "jobs");
  if (list.empty()) return "no layout is being applied, or was lately\n";
  std::vector<Row> rows{{"JOB", "LAYOUT", "STATE", "BEGUN", "PHONES", "CONFIRMED", "PENDING", "FAILED", "WAITING"}};
  for (const json& job : list) {
    const auto phones = job.is_object() ? job.value("phones", json()) : json();
    const auto keys = job.is_object() ? job.value("keys", json()) : json();
    rows.push_back({text(job, "id"), text(job, "name"), text(job, "state"), text(job, "begun_at"),
                    fmt::format("{} of {}", text(phones, "done"), text(phones, "all")), text(keys, "confirmed"),
                    text(keys, "pending"), text(keys, "failed"), text(keys, "waiting")});
  }
  return show_table(rows);
}

std::string show_outcomes(const json& job, const json& outcomes) {
  std::vector<Row> rows{{"PHONE", "CONFIRMED", "PENDING", "FAILED", ""}};
  for (const json& phone : outcomes) {
    std::size_t confirmed = 0;
    std::size_t failed = 0;
    std::size_t pending = 0;
    for (const json& key : list_of(phone, "keys")) {
      const auto outcome = text(key, "outcome");
      ++(outcome == "confirmed" ? confirmed : outcome == "failed" ? failed : pending);
    }
    rows.push_back({text(phone, "phone"), std::to_string(confirmed), std::to_string(pending), std::to_string(failed),
                    text(phone, "why")});
  }
  const auto keys = job.is_object() ? job.value("keys", json()) : json();
  rows.push_back({"all", text(keys, "confirmed"),
                  std::to_string(number_of(keys, "pending") + number_of(keys, "waiting")), text(keys, "failed"), ""});
  return show_table(rows);
}

std::string show_event(std::string_view time, std::string_view name, const json& data) {
  return fmt::format("{} {:<12} {}\n", time, language::printable(name), language::printable(body(name, data)));
}

}  // namespace snom::snomctl
