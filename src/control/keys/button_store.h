#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"

namespace snom::control {

/// What is wanted of one key of a phone: the state that outlives reboots of the phone and of this program.
struct WantedButton {
  std::string address_of_record;  ///< "1000@example.com"
  language::Button button;        ///< of a cleared key: its name and light `off`
  std::string reference;          ///< what the phone is told in place of the button's number; empty = the number
  bool cleared = false;           ///< to be darkened, and forgotten once a phone has confirmed that
  std::uint64_t revision = 0;     ///< grows with every change of any key; never 0 once set
  std::chrono::sys_time<std::chrono::milliseconds> set_at{};
  std::string set_by;  ///< who asked for it: "http", "press of 1000@example.com"; may be empty
  bool operator==(const WantedButton&) const = default;
};

/// What is in a shared store of a key that was changed, by whomever.
struct KeyNews {
  std::uint64_t number = 0;  ///< grows with each change, as revisions do; that of the row, or a later one
  std::string address_of_record;
  std::string key;
  std::optional<WantedButton> wanted;  ///< nullopt: nothing is wanted of it any more
};

/// Phones under one name, each as a command would name it: "1000", "1000@example.com".
struct KeptGroup {
  std::string name;
  std::vector<std::string> members;  ///< without control characters; none: the group is no more
  bool operator==(const KeptGroup&) const = default;
};

/// The keys of one phone by which it was judged that a change may be made.
struct JudgedBy {
  struct Key {
    std::string key;
    std::uint64_t revision = 0;  ///< 0: nothing is wanted of it, or that it be dark and forgotten
    bool operator==(const Key&) const = default;
  };
  std::string address_of_record;
  std::vector<Key> keys;  ///< each once
  bool is_all = false;    ///< and nothing is wanted of any other key of that phone

  /// Whether they are so; `now`: all that is kept of the phone, cleared keys among it, in any order.
  [[nodiscard]] bool holds(const std::vector<WantedButton>& now) const;
};

/// Why a change was not kept.
struct NotKept {
  // As a text it is an error: that is what most stores have.
  NotKept(std::string why) : text(std::move(why)) {}  // NOLINT(google-explicit-constructor)
  NotKept(std::string why, std::vector<WantedButton> now) : text(std::move(why)), overtaken_by(std::move(now)) {}

  std::string text;  ///< for an administrator: "disk full (/var/lib/snomd/keys.db)"
  /// If it has a value nothing is wrong with the store, but what the change was judged by is not so any more: all that
  /// is kept of that phone instead, cleared keys among it. If JudgedBy::holds() of that, there is a key besides that
  /// this version cannot read.
  std::optional<std::vector<WantedButton>> overtaken_by = {};
};

/// Where the wanted keys are kept, and the groups that operators make. Called on control's thread.
class ButtonStore {
 public:
  /// Several keys changed at once.
  struct Change {
    struct Key {
      std::string address_of_record;
      std::string key;
      bool operator==(const Key&) const = default;
    };
    std::vector<WantedButton> put;       ///< each replaces what is kept of its address of record and key
    std::vector<Key> forget;             ///< one that is not kept is passed over
    std::vector<KeptGroup> groups = {};  ///< each replaces the one of its name
    /// Of a shared store, for a change of keys: those are changed that have this revision there; 0: whatever they have.
    std::uint64_t only_over = 0;
    /// Of a shared store, if not null: has the revisions of `put`, in that order, when `done` is told that it is kept.
    std::shared_ptr<std::vector<std::uint64_t>> revisions = nullptr;
    /// If not null: nothing of it is kept unless that is so when it is its turn (NotKept::overtaken_by). All of the
    /// change is of that phone then; it has no groups and no `only_over`.
    std::shared_ptr<const JudgedBy> judged_by = nullptr;
  };
  /// nothing = kept; else why not.
  using Result = tl::expected<void, NotKept>;

  virtual ~ButtonStore() = default;

  /// Everything kept, in no particular order. Called once, before the first save; may wait for the disk.
  [[nodiscard]] virtual tl::expected<std::vector<WantedButton>, std::string> load() = 0;

  /// All groups, in no particular order. Once, as load().
  [[nodiscard]] virtual tl::expected<std::vector<KeptGroup>, std::string> load_groups() = 0;

  /// Keeps all of a change or nothing of it. Returns at once; `done` is called exactly once, later, on control's
  /// thread, in the order of the calls: when the change is where neither kill -9 nor a power cut can take it, or when
  /// it could not be kept.
  virtual void save(Change change, std::function<void(Result)> done) = 0;

  /// Whether other programs change it, too. Then it gives revisions itself, in the order in which changes were kept,
  /// and not those of `put`; what others changed is learned elsewhere (KeyNews).
  [[nodiscard]] virtual bool is_shared() const { return false; }

  /// Any thread: why nothing can be kept at present, as far as that is known: "postgresql://db1/snomd: connection
  /// refused". Empty: all is well.
  [[nodiscard]] virtual std::string away() const { return {}; }

  /// Keeps what was handed over, within 2 s; every `done` that was owed has been called when it returns. What is saved
  /// afterwards is refused.
  virtual void close() {}
};

}  // namespace snom::control
