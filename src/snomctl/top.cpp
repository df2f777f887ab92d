#include "snomctl/top.h"

#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"
#include "snomctl/complain.h"
#include "snomctl/follow.h"
#include "snomctl/show.h"
#include "snomctl/terminal.h"
#include "snomctl/top_view.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

/// Phones with which something is wrong that are asked for: a screen has no more lines.
constexpr std::string_view wrong_phones = "/v1/phones?state=silent,refused,pending&limit=200";
constexpr std::size_t most_events = 200;
constexpr auto between_draws = std::chrono::milliseconds(100);

tl::expected<Sample, Client::Failure> look(const Client& client) {
  Sample sample;
  auto text = client.get_text("/metrics");
  if (!text) return tl::unexpected(std::move(text.error()));
  auto status = client.send("GET", "/v1/status", nullptr);
  if (!status) return tl::unexpected(std::move(status.error()));
  auto phones = client.send("GET", std::string(wrong_phones), nullptr);
  if (!phones) return tl::unexpected(std::move(phones.error()));
  sample.at = steady_clock::now();
  sample.counters = read_counters(*text);
  sample.status = std::move(*status);
  sample.phones = std::move(*phones);
  return sample;
}

/// What threads that ask and the one that draws share.
struct Shared {
  std::mutex mutex;
  TopView view;
  bool has_changed = true;

  void change(const std::function<void(TopView&)>& how) {
    {
      const std::lock_guard lock(mutex);
      how(view);
      has_changed = true;
    }
    Terminal::nudge();
  }
};

void keep_looking(const Client& client, std::chrono::milliseconds interval, Shared& shared) {
  for (;;) {
    std::this_thread::sleep_for(interval);
    auto sample = look(client);
    shared.change([&](TopView& view) {
      view.trouble = sample ? "" : sample.error().text;
      if (!sample) return;
      view.before = std::exchange(view.now, std::move(*sample));
    });
  }
}

void keep_watching(const Client& client, Shared& shared) {
  const auto add = [&shared](std::string line) {
    shared.change([&line](TopView& view) {
      view.events.push_back(std::move(line));
      if (view.events.size() > most_events) view.events.pop_front();
    });
  };
  const auto ended = follow({[&](std::string& last_id, const std::function<void()>& opened) {
                               return client.watch({"",
                                                    [&](std::string_view name, const json& data) {
                                                      auto line = show_event(clock_time(), name, data);
                                                      line.pop_back();
                                                      add(std::move(line));
                                                      return true;
                                                    },
                                                    opened},
                                                   last_id);
                             },
                             [&](const std::string& what) { add(clock_time() + " " + what); },
                             [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }});
  if (!ended) add(clock_time() + " no events: " + ended.error().text);
}

/// Until the person who looks ends it.
void draw_on(Terminal& terminal, Shared& shared) {
  auto drawn = steady_clock::now() - between_draws;
  for (;;) {
    const auto happened = terminal.wait(std::chrono::milliseconds(1000));
    if (happened.what == Terminal::Happened::ended) return;
    if (happened.what == Terminal::Happened::key && (happened.key == 'q' || happened.key == 'Q')) return;
    if (happened.what == Terminal::Happened::nudged) {
      // Thousands of events a second are drawn ten times a second.
      const auto left = drawn + between_draws - steady_clock::now();
      if (left > steady_clock::duration::zero()) std::this_thread::sleep_for(left);
    }
    const std::lock_guard lock(shared.mutex);
    if (!std::exchange(shared.has_changed, false) && happened.what != Terminal::Happened::resized) continue;
    shared.view.clock = clock_time();
    const auto size = terminal.size();
    terminal.show(draw(shared.view, size.columns, size.rows));
    drawn = steady_clock::now();
  }
}

int show_once(const Client& client, const TopOptions& options, TopView view) {
  std::this_thread::sleep_for(options.interval);
  auto sample = look(client);
  if (!sample) return complain(sample.error().text, unreachable);
  view.before = std::exchange(view.now, std::move(*sample));
  view.clock = clock_time();
  return tell(draw_all(view));
}

}  // namespace

std::string clock_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

int top(const Client& client, const TopOptions& options) {
  // Before any thread: this is also what makes libcurl ready for several.
  auto first = look(client);
  if (!first) return complain(first.error().text, unreachable);
  TopView view;
  view.server = options.server;
  view.clock = clock_time();
  view.now = std::move(*first);
  if (options.once || !Terminal::is_there()) return show_once(client, options, std::move(view));

  // Not destroyed: the threads, which may be waiting for snomd, end with the program.
  auto& shared = *new Shared;
  shared.view = std::move(view);
  {
    Terminal terminal;
    std::thread([&] {
      runtime::guarded("looking at snomd", [&] { keep_looking(client, options.interval, shared); });
    }).detach();
    std::thread([&] { runtime::guarded("the events", [&] { keep_watching(client, shared); }); }).detach();
    Terminal::nudge();
    draw_on(terminal, shared);
  }
  std::fflush(stdout);
  _exit(done);
}

}  // namespace snom::snomctl
