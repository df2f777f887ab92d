#include "snomctl/store_command.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/keys/button_store.h"
#include "language/shown_arguments.h"
#include "language/text.h"
#include "runtime/executor.h"
#include "snomctl/complain.h"
#include "store/open_store.h"
#include "store/postgres.h"
#include "store/read_store.h"

namespace snom::snomctl {
namespace {

using control::ButtonStore;
using control::KeptGroup;
using control::WantedButton;

constexpr std::size_t keys_at_once = 2000;
constexpr std::chrono::seconds longest_save{60};

/// Control's thread is the one that waits for an outcome.
class Waiting final : public runtime::Executor {
 public:
  bool post(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    came_.notify_one();
    return true;
  }
  /// Does what is posted until there is an outcome, or the time is up.
  void run_until(const std::optional<ButtonStore::Result>& outcome) {
    const auto by = std::chrono::steady_clock::now() + longest_save;
    while (!outcome) {
      std::unique_lock lock(mutex_);
      if (!came_.wait_until(lock, by, [this] { return !work_.empty(); })) return;
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> work_;
};

using Kept = store::Stored;

/// In an order, so that two can be compared.
tl::expected<Kept, std::string> in_order(tl::expected<Kept, std::string> kept) {
  if (!kept) return kept;
  const auto of = [](const WantedButton& wanted) { return std::tie(wanted.address_of_record, wanted.button.key); };
  std::sort(kept->keys.begin(), kept->keys.end(), [&](const auto& a, const auto& b) { return of(a) < of(b); });
  std::sort(kept->groups.begin(), kept->groups.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return kept;
}

ButtonStore::Result save(ButtonStore& store, Waiting& control, ButtonStore::Change change) {
  const auto outcome = std::make_shared<std::optional<ButtonStore::Result>>();
  store.save(std::move(change), [outcome](ButtonStore::Result result) { *outcome = std::move(result); });
  control.run_until(*outcome);
  return *outcome ? **outcome : tl::unexpected(std::string("no answer within 60 s"));
}

/// What turns `there` into `wanted`, in parts.
std::vector<ButtonStore::Change> changes(const Kept& wanted, const Kept& there) {
  std::vector<ButtonStore::Change> parts(1);
  const auto part = [&parts]() -> ButtonStore::Change& {
    if (parts.back().put.size() + parts.back().forget.size() == keys_at_once) parts.emplace_back();
    return parts.back();
  };
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (const auto& key : wanted.keys) {
    names.emplace(key.address_of_record, key.button.key);
    part().put.push_back(key);
  }
  for (const auto& key : there.keys) {
    if (names.count({key.address_of_record, key.button.key}) == 0) {
      part().forget.push_back({key.address_of_record, key.button.key});
    }
  }
  auto& groups = parts.back().groups;
  groups = wanted.groups;
  for (const auto& group : there.groups) {
    const auto has_name = [&](const KeptGroup& other) { return other.name == group.name; };
    if (std::none_of(wanted.groups.begin(), wanted.groups.end(), has_name)) groups.push_back({group.name, {}});
  }
  return parts;
}

int fail(const std::string& what, int status) { return complain("store copy: " + what, status); }

/// A URL with a slip of the pen would be the name of a file, whose errors show the password.
bool is_meant_as_url(const std::string& place) {
  const auto lower = language::lower_case(place);
  const bool has_user = place.find('@') != std::string::npos && !std::filesystem::exists(place);
  return lower.find("://") != std::string::npos || (lower.starts_with("postgres") && has_user);
}

/// Both name one store, as far as that can be seen.
bool is_one(const StoreCopy& command) {
  if (command.from == command.to) return true;
  std::error_code failed;
  return !store::is_url(command.from) && !store::is_url(command.to) &&
         std::filesystem::equivalent(command.from, command.to, failed);
}

/// What is wrong with the places as they are written; empty: nothing.
std::string wrong_places(const StoreCopy& command) {
  for (const auto& [name, place] : {std::pair("FROM", command.from), std::pair("TO", command.to)}) {
    if (place.empty() || (is_meant_as_url(place) && !store::is_url(place))) {
      return fmt::format("{}: '{}' is neither a file nor a URL (expected a file, or {})", name,
                         language::without_password(place), store::expected_url);
    }
  }
  return is_one(command) ? "FROM and TO are one store: nothing was copied (expected two)" : "";
}

std::size_t phones_in(const Kept& kept) {
  std::set<std::string_view> phones;
  for (const auto& key : kept.keys) phones.insert(key.address_of_record);
  return phones.size();
}

}  // namespace

int copy_store(const StoreCopy& command) {
  if (const auto wrong = wrong_places(command); !wrong.empty()) return fail(wrong, not_copied);
  Waiting control;
  const auto wanted = in_order(store::read_store(command.from, control));
  if (!wanted) return fail(wanted.error() + ": nothing was copied", not_copied);
  const auto to = store::open_store(command.to, control);
  if (!to) return fail(to.error(), not_copied);
  const auto there = in_order(store::read_all(**to));
  if (!there) return fail(there.error(), not_copied);
  const auto name = store::shown_place(command.to);
  if (!(there->keys.empty() && there->groups.empty()) && !command.overwrite) {
    return fail(fmt::format("{} has {} keys and {} groups already; --overwrite has them replaced", name,
                            there->keys.size(), there->groups.size()),
                not_empty);
  }
  std::size_t saved_keys = 0;
  for (auto& change : changes(*wanted, *there)) {
    const auto count = change.put.size();
    if (auto saved = save(**to, control, std::move(change)); !saved) {
      return fail(fmt::format("{} (after {} of {} keys)", saved.error().text, saved_keys, wanted->keys.size()),
                  not_copied);
    }
    saved_keys += count;
  }
  const auto now = in_order(store::read_all(**to));
  if (!now) return fail(now.error(), not_copied);
  if (now->keys != wanted->keys || now->groups != wanted->groups) {
    return fail(fmt::format("what {} has now is not what was copied", name), not_copied);
  }
  fmt::print("{} keys of {} phones and {} groups are in {}\n", now->keys.size(), phones_in(*now), now->groups.size(),
             language::printable(name));
  return copied;
}

}  // namespace snom::snomctl
