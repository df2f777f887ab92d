#include "control/keys/wanted_keys.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "control/presses/press.h"

namespace snom::control {
namespace {

/// A store that failed is asked again after that; one whose server is away has it back in seconds or minutes.
constexpr std::chrono::milliseconds settle_after{2000};
constexpr std::size_t most_settled_at_once = 1000;
/// More are given up, the oldest first: that key stays as it is until it is changed.
constexpr std::size_t most_tried_again = 10000;

/// It is to be dark, and then forgotten.
void darken(WantedButton& wanted) {
  language::Button dark;
  dark.key = wanted.button.key;
  dark.light = language::Light::off;
  wanted.button = std::move(dark);
  wanted.reference.clear();
  wanted.cleared = true;
}

}  // namespace

/// A phone's keys with the changes that are about to be saved laid over them.
class WantedKeys::Draft final : public View {
 public:
  Draft(const std::string& address_of_record, const Keys& keys) : address_of_record_(address_of_record), keys_(keys) {}

  [[nodiscard]] const std::string& address_of_record() const { return address_of_record_; }
  [[nodiscard]] const WantedButton* find(std::string_view key) const override {
    if (const auto found = changed_.find(key); found != changed_.end()) return &found->second;
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : &found->second.wanted;
  }
  [[nodiscard]] std::vector<std::string> keys() const override {
    std::vector<std::string> names;
    for (const auto& [key, kept] : keys_) names.push_back(key);
    for (const auto& [key, changed] : changed_) {
      if (keys_.find(key) == keys_.end()) names.push_back(key);
    }
    return names;
  }

  /// How many the phone would have with these, without those that are cleared; 0: they add none.
  [[nodiscard]] std::size_t count_with(const std::vector<Proposal>& proposals) const {
    const auto adds = [this](const Proposal& proposal) { return !proposal.cleared && !is_live(proposal.button.key); };
    if (std::none_of(proposals.begin(), proposals.end(), adds)) return 0;
    std::map<std::string_view, bool> become_live;  // the last of each key counts
    for (const auto& proposal : proposals) become_live[proposal.button.key] = !proposal.cleared;
    auto count = live();
    for (const auto& [key, becomes_live] : become_live) {
      if (is_live(key)) --count;
      if (becomes_live) ++count;
    }
    return count;
  }
  [[nodiscard]] std::size_t cleared() const {
    const auto before =
        std::count_if(keys_.begin(), keys_.end(), [this](const auto& key) { return !is_live(key.first); });
    const auto added = std::count_if(changed_.begin(), changed_.end(), [this](const auto& change) {
      return change.second.cleared && keys_.find(change.first) == keys_.end();
    });
    return static_cast<std::size_t>(before + added);
  }

  void put(WantedButton wanted) {
    auto key = wanted.button.key;
    if (live_ && is_live(key)) --*live_;
    if (live_ && !wanted.cleared) ++*live_;
    changed_.insert_or_assign(std::move(key), std::move(wanted));
  }
  /// What is kept of a key, changes apart: as JudgedBy has it; nullopt: it is among the changes.
  [[nodiscard]] std::optional<std::uint64_t> kept_revision(std::string_view key) const {
    if (changed_.contains(key)) return std::nullopt;
    const auto found = keys_.find(key);
    return found == keys_.end() || found->second.wanted.cleared ? 0 : found->second.wanted.revision;
  }
  template <typename See>
  void for_each_kept(See see) const {
    for (const auto& [key, kept] : keys_) {
      if (!kept.wanted.cleared) see(key, kept.wanted.revision);
    }
  }
  [[nodiscard]] std::vector<WantedButton> changed() const {
    std::vector<WantedButton> all;
    all.reserve(changed_.size());
    for (const auto& [key, wanted] : changed_) all.push_back(wanted);
    return all;
  }

 private:
  [[nodiscard]] bool is_live(std::string_view key) const {
    const auto* wanted = find(key);
    return wanted != nullptr && !wanted->cleared;
  }

  /// Counted once: a list of keys asks for each of them.
  [[nodiscard]] std::size_t live() const {
    if (!live_) {
      const auto all = keys();
      live_ = static_cast<std::size_t>(
          std::count_if(all.begin(), all.end(), [this](const std::string& key) { return is_live(key); }));
    }
    return *live_;
  }

  const std::string& address_of_record_;
  const Keys& keys_;
  std::map<std::string, WantedButton, KeyOrder> changed_;
  mutable std::optional<std::size_t> live_;
};

/// What conditions look at of what is kept. What changes before them make of it, they cannot be wrong about.
class WantedKeys::Witness final : public View {
 public:
  Witness(const Draft& draft, std::map<std::string, std::uint64_t, std::less<>>& seen, bool& has_seen_all)
      : draft_(draft), seen_(seen), has_seen_all_(has_seen_all) {}

  [[nodiscard]] const WantedButton* find(std::string_view key) const override {
    if (const auto revision = draft_.kept_revision(key)) seen_.emplace(key, *revision);
    return draft_.find(key);
  }
  [[nodiscard]] std::vector<std::string> keys() const override {
    has_seen_all_ = true;
    draft_.for_each_kept([this](const std::string& key, std::uint64_t revision) { seen_.emplace(key, revision); });
    return draft_.keys();
  }

 private:
  const Draft& draft_;
  std::map<std::string, std::uint64_t, std::less<>>& seen_;
  bool& has_seen_all_;
};

tl::expected<void, std::string> WantedKeys::load() {
  auto kept = store_.load();
  if (!kept) return tl::unexpected(std::move(kept.error()));
  for (auto& wanted : *kept) {
    next_revision_ = std::max(next_revision_, wanted.revision + 1);
    auto& keys = phones_[wanted.address_of_record].keys;
    auto key = wanted.button.key;
    keys.insert_or_assign(std::move(key), Key{std::move(wanted), {}});
  }
  return {};
}

void WantedKeys::change(const std::string& address_of_record, Edit edit, std::string set_by, Changed changed,
                        Condition condition) {
  auto& phone = phones_[address_of_record];
  phone.waiting.push_back({std::move(edit), std::move(set_by), std::move(changed), std::move(condition)});
  if (together_) {
    together_->insert(address_of_record);
  } else if (!phone.saving) {
    save_waiting(address_of_record);
  }
}

void WantedKeys::together(const std::function<void()>& make_all) {
  const auto save_all = [this] {
    const auto changed = std::exchange(together_, std::nullopt);
    for (const auto& address_of_record : *changed) {
      if (!phones_[address_of_record].saving) save_waiting(address_of_record);
    }
  };
  together_.emplace();
  try {
    make_all();
  } catch (...) {  // what was asked for by then is answered
    save_all();
    throw;
  }
  save_all();
}

/// Changes of one phone on their way to the store, and who waits for them.
struct WantedKeys::Saved {
  struct Told {
    Waiting waiting;
    std::vector<Revision> revisions;
    std::string why_not = {};  ///< not empty: it is not among the changes
  };
  decltype(WantedButton::set_at) set_at{};
  std::vector<WantedButton> changes;
  std::vector<Told> told;
  std::shared_ptr<std::vector<std::uint64_t>> numbers;  ///< those that a shared store gave
  /// Of a shared store, by conditions: keys with the revisions that they have there.
  std::map<std::string, std::uint64_t, std::less<>> seen;
  bool has_seen_all = false;
  std::shared_ptr<const JudgedBy> judged_by;  ///< what was seen

  [[nodiscard]] std::shared_ptr<const JudgedBy> judgement(const std::string& address_of_record) const {
    if (seen.empty() && !has_seen_all) return nullptr;
    const auto made = std::make_shared<JudgedBy>(JudgedBy{address_of_record, {}, has_seen_all});
    for (const auto& [key, revision] : seen) made->keys.push_back({key, revision});
    return made;
  }

  /// What was numbered here has the store's numbers.
  void use_numbers() {
    for (std::size_t i = 0; i < changes.size() && i < numbers->size(); ++i) {
      changes[i].revision = (*numbers)[i];
      for (auto& each : told) {
        for (auto& revision : each.revisions) {
          if (revision.key == changes[i].button.key) revision.revision = changes[i].revision;
        }
      }
    }
  }
};

void WantedKeys::save_waiting(const std::string& address_of_record) {
  auto& phone = phones_[address_of_record];
  auto waiting_now = next_waiting(phone);
  Draft draft(address_of_record, phone.keys);
  const auto batch = std::make_shared<Saved>();
  batch->set_at = clock_.wall();
  for (auto& waiting : waiting_now) propose(std::move(waiting), draft, *batch);

  phone.saving = true;
  if (draft.cleared() > max_cleared) {
    phone.after_saving.emplace_back([this, address_of_record] { forget_oldest_cleared(address_of_record); });
  }
  batch->changes = draft.changed();
  batch->judged_by = batch->judgement(address_of_record);
  save(address_of_record, batch);
}

std::vector<WantedKeys::Waiting> WantedKeys::next_waiting(Phone& phone) {
  auto next = std::exchange(phone.waiting, {});
  if (next.empty() || next.front().tries < most_tries) return next;
  // Without a condition it is overtaken only by what is beside it.
  const auto rest = std::ranges::find_if(next, [](const Waiting& one) { return one.condition != nullptr; });
  phone.waiting.assign(std::make_move_iterator(rest), std::make_move_iterator(next.end()));
  next.erase(rest, next.end());
  return next;
}

void WantedKeys::propose(Waiting waiting, Draft& draft, Saved& batch) {
  if (waiting.condition) {
    const Witness witness(draft, batch.seen, batch.has_seen_all);
    if (!waiting.condition(is_shared() ? static_cast<const View&>(witness) : draft)) {
      batch.told.push_back({std::move(waiting), {}, {}});
      return;
    }
  }
  auto proposals = waiting.edit(draft);
  if (const auto count = draft.count_with(proposals); count > max_keys) {
    batch.told.push_back(
        {std::move(waiting), {}, fmt::format("{} keys are the most that one phone may have", max_keys)});
    return;
  }
  std::vector<Revision> revisions;
  for (auto& proposal : proposals) {
    WantedButton wanted;
    wanted.address_of_record = draft.address_of_record();
    if (proposal.cleared) {
      wanted.button.key = std::move(proposal.button.key);
      wanted.button.light = language::Light::off;
      wanted.cleared = true;
    } else {
      wanted.button = std::move(proposal.button);
      wanted.reference = reference_for(wanted.address_of_record, wanted.button);
    }
    wanted.revision = next_revision_++;
    wanted.set_at = batch.set_at;
    wanted.set_by = waiting.set_by;
    revisions.push_back({wanted.button.key, wanted.revision});
    draft.put(std::move(wanted));
  }
  batch.told.push_back({std::move(waiting), std::move(revisions), {}});
}

void WantedKeys::save(const std::string& address_of_record, const std::shared_ptr<Saved>& batch) {
  auto finished = lifetime_.guard([this, address_of_record, batch](const ButtonStore::Result& result) {
    saved(address_of_record, *batch, result);
  });
  if (batch->changes.empty() && batch->judged_by == nullptr) {
    executor_.post([finished = std::move(finished)]() mutable { finished(ButtonStore::Result{}); });
    return;
  }
  if (is_shared()) batch->numbers = std::make_shared<std::vector<std::uint64_t>>();
  store_.save({batch->changes, {}, {}, 0, batch->numbers, batch->judged_by}, std::move(finished));
}

void WantedKeys::saved(const std::string& address_of_record, Saved& batch, const ButtonStore::Result& result) {
  auto& phone = phones_[address_of_record];
  if (!result && result.error().overtaken_by) {
    return try_again(address_of_record, batch, *result.error().overtaken_by);
  }
  if (batch.numbers != nullptr && result) batch.use_numbers();
  for (auto& wanted : batch.changes) {
    if (result) {
      if (!is_gone_there(phone, wanted)) take(phone, std::move(wanted));
    } else if (!is_shared()) {
      unsettle(address_of_record, wanted.button.key);
    }
  }
  saving_ended(phone);
  for (auto& [waiting, revisions, why_not] : batch.told) {
    if (!why_not.empty()) {
      waiting.changed(tl::unexpected(why_not));
    } else if (result) {
      waiting.changed(std::move(revisions));
    } else {
      waiting.changed(tl::unexpected(result.error().text));
    }
  }
  const auto found = phones_.find(address_of_record);
  if (found == phones_.end() || found->second.saving) return;
  if (!found->second.waiting.empty()) return save_waiting(address_of_record);
  forget_if_empty(found);
}

void WantedKeys::saving_ended(Phone& phone) {
  phone.saving = false;
  phone.forgotten_there.clear();
  phone.all_as_of = 0;
  for (const auto& work : std::exchange(phone.after_saving, {})) work();
}

void WantedKeys::try_again(const std::string& address_of_record, Saved& batch, const std::vector<WantedButton>& now) {
  auto& phone = phones_[address_of_record];
  // The store judges by all that it has, `now` is what of it can be read here.
  const bool is_unreadable = batch.judged_by->holds(now);
  std::vector<Waiting> waiting;
  for (auto& told : batch.told) {
    auto& its = told.waiting;
    ++its.tries;
    if (its.condition && is_unreadable) {
      refuse(std::move(its), "the store has a key of this phone that this version cannot read: the log says which");
    } else if (its.condition && its.tries >= most_tries) {
      refuse(std::move(its), "others change it all the time, at other nodes: try again");
    } else {
      waiting.push_back(std::move(its));
    }
  }
  // Before what came meanwhile.
  phone.waiting.insert(phone.waiting.begin(), std::make_move_iterator(waiting.begin()),
                       std::make_move_iterator(waiting.end()));
  const bool is_new = learn_of_phone(phone, *batch.judged_by, now);
  saving_ended(phone);
  if (is_new && learned_) learned_(address_of_record);
  const auto found = phones_.find(address_of_record);
  if (found != phones_.end() && !found->second.saving) save_waiting(address_of_record);
}

void WantedKeys::refuse(Waiting waiting, std::string why) {
  executor_.post(
      lifetime_.guard([changed = std::move(waiting.changed), why = std::move(why)] { changed(tl::unexpected(why)); }));
}

bool WantedKeys::learn_of_phone(const Phone& phone, const JudgedBy& before, const std::vector<WantedButton>& now) {
  bool is_new = false;
  for (const auto& wanted : now) {
    // It may have been forgotten since.
    if (is_gone_there(phone, wanted)) continue;
    is_new = learn({wanted.revision, wanted.address_of_record, wanted.button.key, wanted}) || is_new;
  }
  for (const auto& [key, revision] : before.keys) {
    const auto is_this = [&key = key](const WantedButton& wanted) { return wanted.button.key == key; };
    if (revision == 0 || std::any_of(now.begin(), now.end(), is_this)) continue;
    // By what number it was forgotten is not known; behind that revision it was.
    is_new = learn({revision + 1, before.address_of_record, key, std::nullopt}) || is_new;
  }
  return is_new;
}

void WantedKeys::take(Phone& phone, WantedButton wanted) {
  const auto [found, is_new] = phone.keys.try_emplace(wanted.button.key);
  auto& key = found->second;
  // A shared store may have told of it already, or of what came behind it.
  if (!is_new && is_shared() && key.wanted.revision >= wanted.revision) return;
  if (!is_new) {
    if (key.superseded.size() == max_superseded) key.superseded.erase(key.superseded.begin());
    key.superseded.push_back(std::move(key.wanted));
  }
  key.wanted = std::move(wanted);
}

bool WantedKeys::is_gone_there(const Phone& phone, const WantedButton& saved) {
  const auto& key = saved.button.key;
  const auto forgotten = phone.forgotten_there.find(key);
  if (forgotten != phone.forgotten_there.end() && forgotten->second > saved.revision) return true;
  return phone.all_as_of > saved.revision && !phone.keys.contains(key);
}

void WantedKeys::roll_back(const std::string& address_of_record, const Revision& refused, bool is_shown) {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end()) return;
  if (phone->second.saving) {
    phone->second.after_saving.emplace_back(
        [this, address_of_record, refused, is_shown] { roll_back(address_of_record, refused, is_shown); });
    return;
  }
  auto& keys = phone->second.keys;
  const auto found = keys.find(refused.key);
  if (found == keys.end()) return;
  auto& key = found->second;
  if (key.wanted.revision != refused.revision) {
    std::erase_if(key.superseded,
                  [&](const WantedButton& superseded) { return superseded.revision == refused.revision; });
    return;
  }
  if (is_shared()) return roll_back_there(key, is_shown);
  if (key.superseded.empty() && is_shown) {
    darken(key.wanted);
    key.wanted.revision = next_revision_++;
    return save_quietly({{key.wanted}, {}});
  }
  if (key.superseded.empty()) {
    keys.erase(found);
    forget_if_empty(phone);
    return save_quietly({{}, {{address_of_record, refused.key}}});
  }
  key.wanted = std::move(key.superseded.back());
  key.superseded.pop_back();
  save_quietly({{key.wanted}, {}});
}

/// Others may have changed it meanwhile. What comes of it is learned.
void WantedKeys::roll_back_there(const Key& key, bool is_shown) {
  const auto& refused = key.wanted;
  ButtonStore::Change change;
  change.only_over = refused.revision;
  if (!key.superseded.empty()) {
    change.put.push_back(key.superseded.back());
  } else if (is_shown) {
    change.put.push_back(refused);
    darken(change.put.back());
  } else {
    change.forget.push_back({refused.address_of_record, refused.button.key});
  }
  save_when_possible(std::move(change));
}

void WantedKeys::save_when_possible(ButtonStore::Change change) {
  auto kept = change;
  store_.save(std::move(change),
              lifetime_.guard([this, kept = std::move(kept)](const ButtonStore::Result& result) mutable {
                if (result) return;
                if (again_.size() == most_tried_again) again_.pop_front();
                again_.push_back(std::move(kept));
                settle_later();
              }));
}

bool WantedKeys::learn(KeyNews news) {
  if (news.wanted) {
    const auto* known = wanted(news.address_of_record, news.key);
    if (known != nullptr && known->revision >= news.wanted->revision) return false;
    take(phones_[news.address_of_record], std::move(*news.wanted));
    return true;
  }
  const auto phone = phones_.find(news.address_of_record);
  if (phone == phones_.end()) return false;
  if (phone->second.saving) {
    auto& number = phone->second.forgotten_there[news.key];
    number = std::max(number, news.number);
  }
  const auto found = phone->second.keys.find(news.key);
  if (found == phone->second.keys.end() || found->second.wanted.revision >= news.number) return false;
  phone->second.keys.erase(found);
  forget_if_empty(phone);
  return true;
}

std::vector<std::string> WantedKeys::learn_all(std::vector<KeyNews> all, std::uint64_t number) {
  std::set<std::string> changed;
  std::set<ButtonStore::Change::Key, OrderOfKeys> there;
  for (auto& news : all) {
    there.insert({news.address_of_record, news.key});
    auto address_of_record = news.address_of_record;
    if (learn(std::move(news))) changed.insert(std::move(address_of_record));
  }
  std::vector<KeyNews> gone;
  for (auto& [address_of_record, phone] : phones_) {
    if (phone.saving) phone.all_as_of = std::max(phone.all_as_of, number);
    for (const auto& [key, kept] : phone.keys) {
      if (!there.contains({address_of_record, key})) gone.push_back({number, address_of_record, key, std::nullopt});
    }
  }
  for (auto& news : gone) {
    auto address_of_record = news.address_of_record;
    if (learn(std::move(news))) changed.insert(std::move(address_of_record));
  }
  return {changed.begin(), changed.end()};
}

void WantedKeys::shown(const std::string& address_of_record, const Revision& oldest_shown, bool is_known) {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end()) return;
  if (phone->second.saving) {
    phone->second.after_saving.emplace_back(
        [this, address_of_record, oldest_shown, is_known] { shown(address_of_record, oldest_shown, is_known); });
    return;
  }
  auto& keys = phone->second.keys;
  const auto found = keys.find(oldest_shown.key);
  if (found == keys.end()) return;
  auto& key = found->second;
  std::erase_if(key.superseded,
                [&](const WantedButton& superseded) { return superseded.revision < oldest_shown.revision; });
  if (!is_known || !key.wanted.cleared || key.wanted.revision != oldest_shown.revision) return;
  if (is_shared()) {
    return save_when_possible({{}, {{address_of_record, oldest_shown.key}}, {}, oldest_shown.revision});
  }
  keys.erase(found);
  forget_if_empty(phone);
  save_quietly({{}, {{address_of_record, oldest_shown.key}}});
}

void WantedKeys::forget_oldest_cleared(const std::string& address_of_record) {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end() || phone->second.saving) return;
  std::vector<Revision> cleared;
  for (const auto& [name, key] : phone->second.keys) {
    if (key.wanted.cleared) cleared.push_back({name, key.wanted.revision});
  }
  if (cleared.size() <= max_cleared) return;
  const auto newest = [](const Revision& a, const Revision& b) { return a.revision > b.revision; };
  std::sort(cleared.begin(), cleared.end(), newest);
  cleared.erase(cleared.begin(), cleared.begin() + max_cleared);
  ButtonStore::Change change;
  for (const auto& [key, revision] : cleared) {
    if (is_shared()) {  // gone once that is learned
      save_when_possible({{}, {{address_of_record, key}}, {}, revision});
      continue;
    }
    phone->second.keys.erase(key);
    change.forget.push_back({address_of_record, key});
  }
  if (!change.forget.empty()) save_quietly(std::move(change));
}

void WantedKeys::save_quietly(ButtonStore::Change change) {
  std::vector<ButtonStore::Change::Key> keys = change.forget;
  for (const auto& wanted : change.put) keys.push_back({wanted.address_of_record, wanted.button.key});
  store_.save(std::move(change), lifetime_.guard([this, keys = std::move(keys)](const ButtonStore::Result& result) {
    if (result) return;
    for (const auto& key : keys) unsettle(key.address_of_record, key.key);
  }));
}

void WantedKeys::unsettle(const std::string& address_of_record, const std::string& key) {
  unsettled_.insert({address_of_record, key});
  settle_later();
}

void WantedKeys::settle_later() {
  if (std::exchange(settling_, true)) return;
  clock_.after(settle_after, lifetime_.guard([this] { settle(); }));
}

void WantedKeys::settle() {
  settling_ = false;
  for (auto& change : std::exchange(again_, {})) save_when_possible(std::move(change));
  ButtonStore::Change change;
  auto next = unsettled_.begin();
  while (next != unsettled_.end() && change.put.size() + change.forget.size() < most_settled_at_once) {
    const auto phone = phones_.find(next->address_of_record);
    // What is being saved is newer, and may be of this key.
    if (phone != phones_.end() && phone->second.saving) {
      ++next;
      continue;
    }
    if (const auto* now = wanted(next->address_of_record, next->key)) {
      change.put.push_back(*now);
    } else {
      change.forget.push_back(*next);
    }
    next = unsettled_.erase(next);
  }
  if (!change.put.empty() || !change.forget.empty()) save_quietly(std::move(change));
  if (!unsettled_.empty()) settle_later();
}

std::string WantedKeys::reference_for(const std::string& address_of_record, const language::Button& button) const {
  const bool referred = new_reference_ && button.action == language::Action::message && !button.number.empty();
  return referred ? new_reference_(address_of_record, button) : std::string();
}

void WantedKeys::forget_if_empty(Phones::iterator phone) {
  if (phone->second.keys.empty() && phone->second.waiting.empty() && !phone->second.saving) phones_.erase(phone);
}

const WantedKeys::Keys* WantedKeys::keys_of(std::string_view address_of_record) const {
  const auto phone = phones_.find(address_of_record);
  return phone == phones_.end() ? nullptr : &phone->second.keys;
}

std::vector<const WantedButton*> WantedKeys::wanted(std::string_view address_of_record) const {
  std::vector<const WantedButton*> all;
  if (const auto* keys = keys_of(address_of_record)) {
    all.reserve(keys->size());
    for (const auto& [name, key] : *keys) all.push_back(&key.wanted);
  }
  return all;
}

const WantedButton* WantedKeys::wanted(std::string_view address_of_record, std::string_view key) const {
  const auto* keys = keys_of(address_of_record);
  if (keys == nullptr) return nullptr;
  const auto found = keys->find(key);
  return found == keys->end() ? nullptr : &found->second.wanted;
}

std::vector<std::string> WantedKeys::phones() const {
  std::vector<std::string> addresses;
  addresses.reserve(phones_.size());
  for (const auto& [address, phone] : phones_) {
    if (!phone.keys.empty()) addresses.push_back(address);
  }
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

namespace {

/// Calls `matches` for what is wanted of a key and then for what was before, newest first; the first that matches.
template <typename Key, typename Matches>
const language::Button* first_of(const Key& key, Matches matches) {
  if (matches(key.wanted)) return &key.wanted.button;
  const auto found = std::find_if(key.superseded.rbegin(), key.superseded.rend(), matches);
  return found == key.superseded.rend() ? nullptr : &found->button;
}

}  // namespace

std::optional<language::Button> WantedKeys::bound_action(std::string_view address_of_record, std::string_view number,
                                                         std::string_view key) const {
  const auto* keys = keys_of(address_of_record);
  if (keys == nullptr || number.empty()) return std::nullopt;
  const auto matches = [number](const WantedButton& binding) {
    return binding.button.action == language::Action::message && binding.button.number == number;
  };
  if (const auto preferred = keys->find(key); preferred != keys->end()) {
    if (const auto* button = first_of(preferred->second, matches)) return *button;
  }
  for (const auto& [name, other] : *keys) {
    if (const auto* button = first_of(other, matches)) return *button;
  }
  return std::nullopt;
}

std::optional<language::Button> WantedKeys::referred_action(std::string_view address_of_record,
                                                            std::string_view reference) const {
  const auto* keys = keys_of(address_of_record);
  if (keys == nullptr || reference.empty()) return std::nullopt;
  for (const auto& [name, key] : *keys) {
    const auto* button = first_of(key, [reference](const WantedButton& b) { return b.reference == reference; });
    if (button != nullptr) return *button;
  }
  return std::nullopt;
}

}  // namespace snom::control
