#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "control/keys/button_store.h"
#include "control/keys/key_order.h"
#include "control/presses/press.h"
#include "language/button.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::control {

/// What is wanted of each key of each phone (by address of record), and what was wanted before as long as a phone may
/// still show it: a press may run what a phone shows. A change counts once the store has it. Control's thread.
class WantedKeys {
 public:
  /// How many earlier bindings of one key are kept for presses. One more drops the oldest.
  static constexpr std::size_t max_superseded = 16;
  /// Keys of one phone; no model has a quarter of that. Those that a store has beyond it stay.
  static constexpr std::size_t max_keys = 1000;
  /// Cleared keys of one phone that are kept besides, until it has darkened them. Of more, those that were cleared
  /// first are forgotten: a phone that is away all the time would otherwise take no key any more once so many were set
  /// and cleared. One that shows such a key still, and comes back without a reboot, goes on showing it.
  static constexpr std::size_t max_cleared = max_keys;
  /// How often a change with a condition is tried where others, in a shared store, are quicker each time.
  static constexpr int most_tries = 5;

  /// A phone of which something was learned by a change that others had overtaken, as by learn().
  using Learned = std::function<void(const std::string& address_of_record)>;
  /// `new_reference` (may be empty): see CommandService::Options. `learned` may be empty. The others outlive the
  /// wanted_keys.
  WantedKeys(ButtonStore& store, runtime::Executor& executor, runtime::Clock& clock, NewReference new_reference,
             Learned learned = {})
      : store_(store),
        executor_(executor),
        clock_(clock),
        new_reference_(std::move(new_reference)),
        learned_(std::move(learned)) {}
  WantedKeys(const WantedKeys&) = delete;
  WantedKeys& operator=(const WantedKeys&) = delete;

  /// Takes what the store kept. Once, before the first change.
  [[nodiscard]] tl::expected<void, std::string> load();

  /// One key as it is to be.
  struct Proposal {
    language::Button button;  ///< has passed language::validate()
    bool cleared = false;     ///< darken and forget; of `button` only the key counts
  };
  /// What a phone's keys are when a change is made: all changes before it are in.
  class View {
   public:
    virtual ~View() = default;
    /// nullptr: nothing is wanted of this key.
    [[nodiscard]] virtual const WantedButton* find(std::string_view key) const = 0;
    [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
  };
  using Edit = std::function<std::vector<Proposal>(const View& now)>;
  /// A key and the revision that it has since.
  struct Revision {
    std::string key;
    std::uint64_t revision = 0;
  };
  using Changed = std::function<void(tl::expected<std::vector<Revision>, std::string>)>;
  /// Whether a change may be made to keys that are so. What it looks at is what the change is judged by.
  using Condition = std::function<bool(const View& now)>;
  /// Changes keys of one phone. Changes of one phone are made in the order of the calls; those that come while one is
  /// being written are written together, after it. `edit` is called once; `changed` once, with the revisions when the
  /// store has them, or why it has not: then nothing is changed. So it is with one by which the phone would have more
  /// than `max_keys`, cleared ones not counted. Never before the call returns.
  ///
  /// `condition` may be empty. It is asked just before `edit`; where it says no nothing is changed, and `changed` has
  /// no revisions. A shared store keeps the change, or the no counts, only if what it looked at is what the store has;
  /// else that is learned, and the condition is asked once more, and `edit` with it. So then both may be called several
  /// times, `edit` of other changes that were to be written together with it, too.
  void change(const std::string& address_of_record, Edit edit, std::string set_by, Changed changed,
              Condition condition = {});
  /// Changes of one phone that `make_all` asks for are written together.
  void together(const std::function<void()>& make_all);

  /// Every contact of the phone refused this revision, or one that was set together with it: what was wanted before is
  /// wanted again. `is_shown`: a contact shows it; where nothing was wanted before, the key is then to be darkened.
  void roll_back(const std::string& address_of_record, const Revision& refused, bool is_shown = false);
  /// Every contact of the phone shows this revision or a later one: what was before cannot be pressed any more. A key
  /// that was cleared is forgotten; but not if one of them was only sent it (`is_known` false) and may have been away:
  /// it is darkened again when that one comes back.
  void shown(const std::string& address_of_record, const Revision& oldest_shown, bool is_known = true);

  /// Of a shared store: what became of a key there. False: it is known, or something newer is.
  bool learn(KeyNews news);
  /// All that was there when changes had come to this number: what is not among it is forgotten. The phones of which
  /// something is another than before.
  [[nodiscard]] std::vector<std::string> learn_all(std::vector<KeyNews> all, std::uint64_t number);

  /// All that is wanted of a phone, ordered by key; cleared keys that no phone has darkened yet are among it.
  [[nodiscard]] std::vector<const WantedButton*> wanted(std::string_view address_of_record) const;
  /// The same without a list of them: calls `see` for each, in that order, until it says false.
  template <typename See>
  void for_each_wanted(std::string_view address_of_record, See see) const {
    const auto* keys = keys_of(address_of_record);
    if (keys == nullptr) return;
    for (const auto& [name, key] : *keys) {
      if (!see(key.wanted)) return;
    }
  }
  /// nullptr: nothing.
  [[nodiscard]] const WantedButton* wanted(std::string_view address_of_record, std::string_view key) const;
  /// Addresses of record of all phones of which something is wanted, in order.
  [[nodiscard]] std::vector<std::string> phones() const;

  /// The button of this phone, with action `message`, whose number is exactly `number`; `key` (may be empty) is
  /// preferred where several are. nullopt: nothing of the kind was bound.
  [[nodiscard]] std::optional<language::Button> bound_action(std::string_view address_of_record,
                                                             std::string_view number, std::string_view key) const;
  /// The button of this phone whose number the phone knows as `reference` (not empty); nullopt: there is none, or no
  /// longer.
  [[nodiscard]] std::optional<language::Button> referred_action(std::string_view address_of_record,
                                                                std::string_view reference) const;

 private:
  struct Key {
    WantedButton wanted;
    std::vector<WantedButton> superseded;  ///< oldest first
  };
  using Keys = std::map<std::string, Key, KeyOrder>;
  struct Waiting {
    Edit edit;
    std::string set_by;
    Changed changed;
    Condition condition;
    int tries = 0;  ///< that others overtook
  };
  struct Phone {
    Keys keys;
    std::vector<Waiting> waiting;
    bool saving = false;
    /// What came while a change was being saved and must reach the store after it.
    std::vector<std::function<void()>> after_saving;
    /// Of a shared store, while a change is being saved: by what number it had a key no more.
    std::map<std::string, std::uint64_t, std::less<>> forgotten_there;
    std::uint64_t all_as_of = 0;  ///< as forgotten_there: the number of the latest learn_all()
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Phones = std::unordered_map<std::string, Phone, Hash, std::equal_to<>>;
  struct OrderOfKeys {
    bool operator()(const ButtonStore::Change::Key& a, const ButtonStore::Change::Key& b) const {
      return std::tie(a.address_of_record, a.key) < std::tie(b.address_of_record, b.key);
    }
  };
  class Draft;
  class Witness;

  struct Saved;
  void save_waiting(const std::string& address_of_record);
  /// Those that are saved next, together.
  [[nodiscard]] static std::vector<Waiting> next_waiting(Phone& phone);
  void refuse(Waiting waiting, std::string why);
  /// Lays it over the draft.
  void propose(Waiting waiting, Draft& draft, Saved& batch);
  void save(const std::string& address_of_record, const std::shared_ptr<Saved>& batch);
  void saved(const std::string& address_of_record, Saved& batch, const ButtonStore::Result& result);
  /// Others were quicker: what the store has is learned, and all of it is tried once more.
  void try_again(const std::string& address_of_record, Saved& batch, const std::vector<WantedButton>& now);
  [[nodiscard]] bool learn_of_phone(const Phone& phone, const JudgedBy& before, const std::vector<WantedButton>& now);
  void saving_ended(Phone& phone);
  /// Keeps no more than `max_cleared` cleared keys, unless a change of the phone is being saved.
  void forget_oldest_cleared(const std::string& address_of_record);
  void take(Phone& phone, WantedButton wanted);
  /// Whether somebody forgot it behind the change that is told only now.
  [[nodiscard]] static bool is_gone_there(const Phone& phone, const WantedButton& saved);
  /// The store is shared: what counts is what it has, and that is learned.
  [[nodiscard]] bool is_shared() const { return store_.is_shared(); }
  void roll_back_there(const Key& key, bool is_shown);
  /// Changes that hold for one revision only, so that they may be tried at any time.
  void save_when_possible(ButtonStore::Change change);
  /// Tells the store alone; a failure leaves an old state there, which settle() mends.
  void save_quietly(ButtonStore::Change change);
  /// A save of this key failed, and what the store has of it is not known.
  void unsettle(const std::string& address_of_record, const std::string& key);
  /// Saves once more what is wanted of such keys, until the store has it.
  void settle();
  void settle_later();
  [[nodiscard]] std::string reference_for(const std::string& address_of_record, const language::Button& button) const;
  void forget_if_empty(Phones::iterator phone);
  [[nodiscard]] const Keys* keys_of(std::string_view address_of_record) const;

  ButtonStore& store_;
  runtime::Executor& executor_;
  runtime::Clock& clock_;
  NewReference new_reference_;
  Learned learned_;
  Phones phones_;
  std::optional<std::set<std::string>> together_;  ///< of a call of together(): the phones that are changed by it
  std::uint64_t next_revision_ = 1;
  std::set<ButtonStore::Change::Key, OrderOfKeys> unsettled_;
  std::deque<ButtonStore::Change> again_;  ///< of a shared store, in place of unsettled_
  bool settling_ = false;                  ///< its timer is set
  runtime::Lifetime lifetime_;
};

}  // namespace snom::control
