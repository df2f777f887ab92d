#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/commands/command_context.h"
#include "control/commands/command_table.h"
#include "control/event.h"
#include "control/keys/button_store.h"
#include "control/keys/key_subscriptions.h"
#include "control/keys/key_sync.h"
#include "control/keys/key_trial.h"
#include "control/keys/wanted_keys.h"
#include "control/other_nodes.h"
#include "control/ports.h"
#include "control/presses/press.h"
#include "control/registration.h"
#include "control/remote/remote_control.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::control {

/// How far a command that sets keys of a registered phone has come when it is answered "+OK ...". What happens to the
/// keys after that is told by the event ButtonSet alone.
enum class ReplyWhen {
  accepted,   ///< it was read and the phone is registered: who sends one command after the other waits for no disk
  stored,     ///< the store has the keys, and they are on their way
  delivered,  ///< each contact of the phone has answered, or its time is over
};

/// What a command service acts on; all of it outlives the command service.
struct Ports {
  Directory& directory;
  MessageSender& messages;
  PhoneWeb& web;
  EventSink& events;
  ButtonStore& store;
  runtime::Clock& clock;
  runtime::Executor& executor;                ///< control's thread
  KeySubscriptions* subscriptions = nullptr;  ///< nullptr: keys cannot subscribe
  OtherNodes* others = nullptr;               ///< nullptr: all phones that are registered are this program's
};

/// The commands and the presses: what to send to whom, what is remembered, what a press may run. Does no I/O itself.
/// All calls, and all callbacks handed to the ports, on one thread (control's thread).
class CommandService {
 public:
  struct Options {
    ReplyWhen reply_when = ReplyWhen::delivered;
    /// Of an action with a reference only a press of that reference runs it; a new one is made with each binding.
    /// Empty: phones are told the actions themselves.
    NewReference new_reference;
    /// Runs `api+...` actions; outlives the command service. nullptr: they are commands of the command service's own.
    ActionRunner* actions = nullptr;
    /// Where snom_command's pictures of screens go; outlives the command service. nullptr: nowhere.
    PictureKeeper* pictures = nullptr;
    KeySync::Options delivery = {};
  };

  explicit CommandService(const Ports& ports) : CommandService(ports, Options{}) {}
  CommandService(const Ports& ports, Options options);
  /// Commands still under way get no reply: their Reply is destroyed, at the latest with the ports' last callback.
  /// Such a late callback is harmless.
  ~CommandService() = default;
  CommandService(const CommandService&) = delete;
  CommandService& operator=(const CommandService&) = delete;

  /// Takes the keys that the store kept. Once, before anything else; may wait for the disk.
  [[nodiscard]] tl::expected<void, std::string> load() { return wanted_keys_.load(); }

  /// Of a shared store: what became of a key there; its phones are sent what they lack.
  void learn(KeyNews news);
  /// The same of all keys, see WantedKeys::learn_all().
  void learn_all(std::vector<KeyNews> all, std::uint64_t number);

  /// What another node asks for (OtherNodes), of this one's phones. `done` comes later, with nothing when none is
  /// registered. Revisions are known here already (learn()).
  void deliver_here(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& revisions,
                    KeySync::Done done);
  void run_here(std::string_view line, CommandContext context, OtherNodes::Done done);
  void tell_here(const std::string& address_of_record, const std::string& text);

  /// By which channels phones are reached, and their groups; heeded from now on.
  void use(RemoteControl::Settings settings) {
    delivery_.use(settings.channels);
    remote_.use(std::move(settings));
  }

  /// Groups that operators have made, besides those of the settings, which go before them.
  void use_groups(Groups groups) { remote_.use_groups(std::move(groups)); }

  /// What the directory learns: a phone registered or refreshed, a contact went. One that registered anew gets its
  /// keys.
  void registered(const RegistrationPointer& registration) { delivery_.registered(registration); }
  void unregistered(const RegistrationPointer& registration) { delivery_.unregistered(registration); }
  /// A contact is another node's from now on.
  void let_go(const RegistrationPointer& registration) { delivery_.let_go(registration); }
  /// A key of this phone's subscribed.
  void subscribed(const RegistrationPointer& registration, const std::string& key) {
    delivery_.subscribed(registration, key);
  }
  /// What a key shows that subscribes now.
  [[nodiscard]] KeyLight light(const std::string& address_of_record, const std::string& key) const;
  /// The same of all its keys that are wanted.
  [[nodiscard]] std::vector<KeyLight> lights(const std::string& address_of_record) const;

  /// Runs a command line ("snom_bind_key 2 on DND 1000 example.com internal message api+..."). The reply is "+OK ..."
  /// or
  /// "-ERR <what, why>" without line end, never with a password in it, and comes exactly once, when the outcome is
  /// known: when all contacts answered or their time is up; never before run() returns. The command's events come
  /// first.
  using Reply = std::function<void(std::string)>;
  /// Bytes of arguments, times phones, of a command that names several; more is refused before anything is run.
  static constexpr std::size_t most_group_reply = 4 * 1024 * 1024;
  /// Several lines come from snom_buttons, and from snom_command for several phones: one for each, in their order.
  void run(std::string_view line, CommandContext context, Reply reply) {
    run(read_command(line), std::move(context), std::move(reply));
  }
  /// The same with a line that was read before, on any thread.
  void run(ReadCommand read, CommandContext context, Reply reply);
  /// What the commands that `run_all` runs set of one phone is stored together: all of it or nothing.
  void together(const std::function<void()>& run_all) { wanted_keys_.together(run_all); }

  /// A MESSAGE that an authenticated phone sent.
  struct Press {
    RegistrationPointer from;  ///< the phone; user and domain are those it authenticated as. contact may be empty
    std::string target;        ///< user part of the Request-URI, percent-decoded: "api+uuid_transfer <uuid> 9001"
    std::string target_host;   ///< host part of the Request-URI
    std::string body;          ///< may hold "k=2"
    std::string content_type = {};
  };
  /// True when exactly that action was bound to one of that phone's keys: answer 202, and the action runs
  /// (`api+<command>` runs one of our own commands; its reply goes back to the phone as a text/plain MESSAGE). False:
  /// answer 403. Either way a Pressed event is published: at once, or when the action's output is known.
  [[nodiscard]] bool press(const Press& press);
  /// A key of an authenticated phone's was pressed by a call to its address (key_address.h). What is bound to it at the
  /// moment runs, as a press by MESSAGE would run it.
  struct KeyPress {
    bool bound = false;
    std::string number;  ///< not empty: this number is to be called, nothing ran
  };
  [[nodiscard]] KeyPress press_key(const RegistrationPointer& from, const std::string& key);
  /// A press that somebody else serves and that is only to be told. A target that is no phone's action is passed over.
  void note_press(const Press& press);

  /// Tries one key or LED on each contact of a phone, by the channel named; nothing of it is kept, and no event is
  /// published. `done` gets what each answered; the error says why there are none.
  void try_key(const Directory::Query& phone, const KeyTrial& trial,
               std::function<void(tl::expected<std::vector<ContactOutcome>, std::string>)> done);
  /// Ends trials of a key: contacts are sent what is wanted of it, as if they had not got it yet. What is not wanted is
  /// left as it is.
  void end_trial(const Directory::Query& phone, const std::string& key);
  [[nodiscard]] const KeyTrials& trials() const { return trials_; }

  /// A key of a phone as lists may show it: without passwords.
  struct KeyStatus {
    language::Button button;
    bool number_hidden = false;                      ///< a password was cut off its number
    KeySync::State state = KeySync::State::pending;  ///< confirmed: by at least one contact; failed: by all
    runtime::Clock::WallTime set_at{};
    std::string set_by;
    std::vector<KeySync::ContactState> contacts;  ///< the registered ones
    std::uint64_t revision = 0;                   ///< another one after each change of what is wanted
  };
  /// What is wanted of a phone, ordered by key: numbers by value, then names.
  [[nodiscard]] std::vector<KeyStatus> keys(std::string_view address_of_record) const;
  /// One of them; nullopt: nothing is wanted of it.
  [[nodiscard]] std::optional<KeyStatus> key(std::string_view address_of_record, std::string_view key) const;
  /// The name of the other program that speaks to the phones of an address of record; empty: there is none.
  [[nodiscard]] std::string node_of(std::string_view address_of_record) const {
    return ports_.others == nullptr ? std::string() : ports_.others->node_of(address_of_record);
  }
  [[nodiscard]] const WantedKeys& wanted_keys() const { return wanted_keys_; }
  [[nodiscard]] const KeySync& delivery() const { return delivery_; }
  [[nodiscard]] RemoteControl& remote() { return remote_; }

 private:
  struct KeyChange;

  [[nodiscard]] KeyStatus status_of(std::string_view address_of_record, const WantedButton& wanted) const;
  void run(BindKey command, CommandContext context, const Reply& reply);
  void run(SetButtons command, CommandContext context, const Reply& reply);
  void run(ClearButtons command, CommandContext context, const Reply& reply);
  void run(const ListButtons& command, const CommandContext&, const Reply& reply);
  void run(SnomCommand command, const CommandContext& context, Reply reply);

  /// A command that names a group: it is run for each member, some in one turn, with a reply that has a line for each.
  /// False: it names a phone.
  template <typename KeyCommand>
  [[nodiscard]] bool is_run_for_group(const KeyCommand& command, std::string_view name, const CommandContext& context,
                                      const Reply& reply);
  template <typename KeyCommand>
  struct GroupRun;
  template <typename KeyCommand>
  void run_next(const std::shared_ptr<GroupRun<KeyCommand>>& group, std::size_t begin);

  /// One phone that a command names by user: its contacts, none when it is not registered.
  struct Phone {
    std::string address_of_record;
    std::vector<RegistrationPointer> contacts;
    std::string node = {};  ///< not empty: of another node
  };
  [[nodiscard]] tl::expected<Phone, std::string> phone_of(const Directory::Query& query) const;
  /// Of one that is not registered here; nullopt: nor is it at another node.
  [[nodiscard]] std::optional<Phone> phone_elsewhere(const Directory::Query& query) const;
  [[nodiscard]] std::vector<RegistrationPointer> contacts_here(const std::string& address_of_record) const;
  /// Where it is by now: time has passed since.
  void find_again(Phone& phone) const;
  /// Has the wanted keys changed, sends them, and answers from the outcome.
  void change_keys(KeyChange change);
  /// They are stored, and sent to where the phone is.
  void bring(const std::shared_ptr<KeyChange>& change, const std::vector<WantedKeys::Revision>& revisions);
  void bring_here(const std::shared_ptr<KeyChange>& change, const std::vector<WantedKeys::Revision>& revisions);
  void bring_elsewhere(const std::shared_ptr<KeyChange>& change, const std::vector<WantedKeys::Revision>& revisions);
  void answered(KeyChange& change, const std::vector<WantedKeys::Revision>& revisions,
                std::vector<ContactOutcome> outcomes);
  /// The end of the command, unless it was answered before.
  void answer(KeyChange& change, std::string reply, std::vector<ContactOutcome> contacts = {});
  /// Keys that all contacts have refused.
  void roll_back(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& refused);
  void publish_outcome(const KeyChange& change, const std::vector<ContactOutcome>& outcomes);

  /// What the press asks for, if it was bound.
  [[nodiscard]] std::optional<language::Button> bound(const Press& press) const;
  /// A press of this button, which is bound: what it asks for is done.
  void run_press(const RegistrationPointer& from, const language::Button& button);
  void run_action(std::string_view command_line, const std::string& address_of_record, Reply reply);

  /// The end of every command: the event, then the reply.
  void end(CommandDone done, const Reply& reply);
  void reply_later(Reply reply, std::string text);
  /// Tells the phone that was pressed what its action wrote.
  void tell(const Directory::Query& phone, const std::string& text);

  Ports ports_;
  Options options_;
  WantedKeys wanted_keys_;
  KeySync delivery_;
  RemoteControl remote_;
  KeyTrials trials_;
  runtime::Lifetime lifetime_;
};

/// "pending", "confirmed", "failed".
[[nodiscard]] std::string_view to_string(KeySync::State state);
/// "2026-11-25T22:10:00Z".
[[nodiscard]] std::string iso_time(runtime::Clock::WallTime time);

}  // namespace snom::control
