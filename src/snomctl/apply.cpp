#include "snomctl/apply.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "file/read_file.h"
#include "language/text.h"
#include "runtime/guard.h"
#include "snomctl/answer_json.h"
#include "snomctl/complain.h"
#include "snomctl/layout_answers.h"
#include "snomctl/progress.h"
#include "snomctl/show.h"

namespace snom::snomctl {
namespace {

using layout::LayoutFormat;
using layout::PhoneChange;
using nlohmann::json;

std::string counted(std::size_t count, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

/// What became of one phone's command.
struct Outcome {
  std::string reply;
  bool unreachable = false;
};

/// On a thread that an exception would end with the program.
tl::expected<std::string, Client::Error> ask(const Client& client, const PhoneChange& change) {
  try {
    return client.command(command_line(change));
  } catch (const std::exception& error) {
    return tl::unexpected(std::string(error.what()));
  }
}

/// Runs the commands, so many at a time, and stops beginning new ones once snomd cannot be reached.
std::vector<Outcome> run_all(const Client& client, const std::vector<PhoneChange>& changes, std::size_t parallel) {
  std::vector<Outcome> outcomes(changes.size(), Outcome{"not begun: snomd could not be reached", true});
  std::mutex mutex;
  std::size_t next = 0;
  std::size_t done = 0;
  bool stopped = false;
  const Progress progress(changes.size());
  const auto work = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == changes.size() || stopped) return;
        mine = next++;
      }
      auto reply = ask(client, changes[mine]);
      const std::lock_guard lock(mutex);
      outcomes[mine] = reply ? Outcome{*reply, false} : Outcome{reply.error(), true};
      stopped = stopped || !reply;
      progress.show(++done);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(parallel, changes.size()); ++i) {
    threads.emplace_back([&work] { runtime::guarded("a connection to snomd", work); });
  }
  for (auto& thread : threads) thread.join();
  return outcomes;
}

/// Why a phone has not got everything, from the reply to its command.
std::string why(const Outcome& outcome, const Standing& standing) {
  if (outcome.unreachable) return outcome.reply;
  if (standing.pending + standing.failed == 0) return {};
  if (outcome.reply.starts_with("+OK")) {
    return outcome.reply.ends_with(" is not registered") ? "not registered" : std::string();
  }
  const auto at = outcome.reply.find(" not set: ");
  return at == std::string::npos ? outcome.reply.substr(outcome.reply.find(' ') + 1) : outcome.reply.substr(at + 10);
}

std::map<std::string, json> by_phone(const json& buttons) {
  std::map<std::string, json> phones;
  for (const json& phone : list_of(buttons, "phones")) phones.emplace(text_of(phone, "address_of_record"), phone);
  return phones;
}

/// A phone with its keys, as GET /v1/buttons has it.
bool is_phone_with_keys(const json& phone) {
  if (!phone.is_object() || text_of(phone, "address_of_record").empty()) return false;
  if (!phone.contains("buttons") || !phone["buttons"].is_array()) return false;
  const auto& buttons = phone["buttons"];
  return std::all_of(buttons.begin(), buttons.end(),
                     [](const json& button) { return button.is_object() && !text_of(button, "key").empty(); });
}

/// What all phones have now. The error is for a person.
tl::expected<json, Client::Error> all_buttons(const Client& client) {
  auto buttons = client.get("/v1/buttons");
  if (!buttons) return tl::unexpected(std::move(buttons.error().text));
  if (!buttons->contains("phones") || !(*buttons)["phones"].is_array()) {
    return tl::unexpected(Client::Error("what answered is not snomd: it has no list of phones"));
  }
  const auto& phones = (*buttons)["phones"];
  if (std::all_of(phones.begin(), phones.end(), is_phone_with_keys)) return std::move(*buttons);
  return tl::unexpected(Client::Error("what answered is not snomd: of its phones not each has a name and keys"));
}

int tell(const std::vector<PhoneChange>& changes, const std::vector<Outcome>& outcomes, const json& buttons) {
  const auto phones = by_phone(buttons);
  Standing all;
  std::vector<std::vector<std::string>> rows{{"PHONE", "CONFIRMED", "PENDING", "FAILED", ""}};
  const auto add = [&rows](const std::string& name, const Standing& standing, std::string reason) {
    rows.push_back({name, std::to_string(standing.confirmed), std::to_string(standing.pending),
                    std::to_string(standing.failed), std::move(reason)});
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto phone = phones.find(changes[i].phone);
    const auto now = standing(changes[i], phone == phones.end() ? json::object() : phone->second);
    all.confirmed += now.confirmed;
    all.pending += now.pending;
    all.failed += now.failed;
    add(changes[i].phone, now, why(outcomes[i], now));
  }
  add("all", all, "");
  fmt::print("{}", show_table(rows));
  if (all.failed > 0) return some_failed;
  return all.pending > 0 ? some_pending : all_confirmed;
}

}  // namespace

int apply(const Client& client, const ApplyOptions& options) {
  const auto format = layout::layout_format(options.file);
  if (!format) return complain("apply: " + format.error(), nothing_applied);
  const auto text = file::read(options.file);
  if (!text) return complain("apply: " + text.error(), nothing_applied);
  const auto wanted = layout::parse_layout(*text, options.file, *format);
  if (!wanted) {
    for (const auto& error : wanted.error()) fmt::print(stderr, "{}\n", language::printable(error));
    return complain("apply: nothing was applied", nothing_applied);
  }

  // Before any thread: this is also what makes libcurl ready for several.
  const auto present = all_buttons(client);
  if (!present) return complain(present.error(), some_failed);
  const auto difference = compare(read_buttons(*present), *wanted, options.file);
  if (!difference.impossible.empty()) {
    for (const auto& error : difference.impossible) fmt::print(stderr, "{}\n", language::printable(error));
    return complain("apply: nothing was applied", nothing_applied);
  }
  std::size_t keys = 0;
  for (const auto& change : difference.phones) keys += change.keys.size();
  const auto same = counted(difference.same_keys, "key is", "keys are");
  if (keys == 0) {
    fmt::print("nothing to change: {} as {} says\n", same, language::printable(options.file));
    return all_confirmed;
  }
  const auto changing =
      fmt::format("{} of {}", counted(keys, "key", "keys"), counted(difference.phones.size(), "phone", "phones"));
  if (options.dry_run) {
    for (const auto& change : difference.phones)
      fmt::print("{}", language::printable_lines(layout::show_change(change)));
    fmt::print("{} would change; {} as {} says\n", changing, same, language::printable(options.file));
    return some_pending;
  }

  const auto outcomes = run_all(client, difference.phones, options.parallel);
  const auto afterwards = all_buttons(client);
  if (!afterwards) return complain(afterwards.error(), some_failed);
  return tell(difference.phones, outcomes, *afterwards);
}

int export_layout(const Client& client, LayoutFormat format, const std::string& file) {
  const auto present = all_buttons(client);
  if (!present) return complain(present.error(), some_failed);
  const auto layout = read_buttons(*present);
  const auto text = write_layout(layout, format);
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!out || !(out << text).flush())
      return complain(fmt::format("export: {} cannot be written", file), nothing_applied);
  }
  std::size_t hidden = 0;
  for (const auto& [phone, keys] : layout) {
    hidden += static_cast<std::size_t>(
        std::count_if(keys.begin(), keys.end(), [](const auto& key) { return key.second.number_hidden; }));
  }
  if (hidden > 0) {
    fmt::print(
        stderr,
        "snomctl: {} a password in the number, which snomd does not tell: number_hidden = true marks them. Applied "
        "to this snomd they stay as they are; for another one write the whole number.\n",
        counted(hidden, "key has", "keys have"));
  }
  return all_confirmed;
}

}  // namespace snom::snomctl
