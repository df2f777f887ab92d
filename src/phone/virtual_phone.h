#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"
#include "language/dialog_info.h"
#include "language/error.h"
#include "language/key_sequence.h"
#include "language/phone_settings.h"
#include "language/snom_xml.h"
#include "language/xml_definition.h"
#include "phone/event.h"
#include "phone/key_name.h"
#include "phone/model.h"
#include "phone/quirks.h"
#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::phone {

/// One call of one phone; numbers are never used twice.
using CallId = std::uint64_t;

enum class CallState {
  calling,  ///< we called; not answered yet
  ringing,  ///< somebody calls us
  talking,
  held,  ///< by us
};

struct Call {
  CallId id = 0;
  bool incoming = false;
  CallState state = CallState::calling;
  std::string peer;  ///< number called, or who calls
  bool held_by_peer = false;
};

[[nodiscard]] std::string_view to_string(CallState state);

/// A function key (P1..Pn) or a key of the expansion module (EK0..): of type Button, with its place as argument, so
/// that `k=2` means P2; on a phone with 12 function keys `k=13` is EK0. Settings make others of them.
struct FunctionKey {
  std::string name;             ///< "P2", "EK0"
  language::Button button;      ///< `key` is the argument of type Button
  std::string watched = {};     ///< a key of type BLF: the URI whose dialogs it shows, and calls; else empty
  std::string type = "button";  ///< as in settings: "button", "blf", "url", "line" ...
  std::string argument = {};    ///< of other types than those: what settings say
  /// Of type XML definition.
  std::optional<language::XmlDefinition> definition = std::nullopt;
};

enum class CallList { dialled, missed, received };

/// A Snom without its plastic: keys, lights, display, calls. Decides what a key press or a message means; what it needs
/// of the world are a line, a clock and somebody to tell. One thread; nothing here waits.
class VirtualPhone final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using MessageDone = std::function<void(int status, const std::string& reason)>;

  /// The phone's one SIP identity. None of these may call the phone back before it returns. A call that the phone ends
  /// itself (reject, hang_up) is told nothing more about.
  class Line {
   public:
    virtual ~Line() = default;
    /// Registers, or refreshes at once when registered.
    virtual void log_on() = 0;
    virtual void log_off() = 0;
    /// Subscribes to the dialogs of a URI (RFC 4235), and keeps subscribed until it is logged off or started afresh;
    /// one that is watched already is passed over.
    virtual void watch(const std::string& uri) = 0;
    virtual void watch_list(const std::string& uri) = 0;
    /// Ends that subscription.
    virtual void unwatch(const std::string& uri) = 0;
    /// Forgets what a reboot forgets: the next log_on is a registration with a new Call-ID.
    virtual void start_afresh() = 0;
    /// Calls a number or SIP address; a failure is told later by call_ended.
    virtual CallId call(const std::string& number) = 0;
    virtual void answer(CallId call) = 0;
    virtual void reject(CallId call, int status) = 0;
    virtual void hang_up(CallId call) = 0;
    virtual void hold(CallId call, bool on) = 0;
    /// By SIP INFO.
    virtual void send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) = 0;
    /// Blind transfer: REFER. `done` gets its final status.
    virtual void transfer(CallId call, const std::string& number, MessageDone done) = 0;
    /// A MESSAGE to `user` (percent-encoded already) at the phone's own domain; challenges are answered. status 0 =
    /// none.
    virtual void message(const std::string& user, std::string_view content_type, const std::string& body,
                         MessageDone done) = 0;
  };

  /// What the phone asks for over HTTP. Neither may call the phone back before it returns.
  class Web {
   public:
    virtual ~Web() = default;
    using Text = std::function<void(tl::expected<std::string, std::string>)>;
    /// The phone's settings file, or why there is none.
    virtual void settings(Text done) = 0;
    /// GETs what a key of type Action URL names; `done` gets the status, 0 with the reason for none.
    virtual void get(const std::string& url, MessageDone done) = 0;
  };

  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void happened(const VirtualPhone& phone, const Event& event) = 0;
    /// Something that can be seen of it may be different, now or when the call that it is in has returned.
    virtual void changed(const VirtualPhone& phone) { (void)phone; }
  };

  struct Options {
    std::string user;
    std::string domain;
    Model model = model_by_name("370");
    int expansion_keys = 0;  ///< EK0..EKn-1
    std::chrono::milliseconds reboot_time{1000};
    /// Keys of type BLF: the key's argument or place ("2", "P2"), and the URI that it watches. One that the phone has
    /// not is passed over.
    std::vector<std::pair<std::string, std::string>> watched_keys = {};
    /// A list of URIs that is subscribed to in place of each of them (RFC 4662); empty = none.
    std::string watched_list = {};
    bool is_provisioned = false;      ///< it fetches its settings when it starts, and when it is told to
    bool refuse_unknown_keys = true;  ///< a document for a key it has not: 404, else 200
    Quirks quirks = {};
    int refuse_buttons = 0;  ///< final status for x-buttons documents; 0 = taken
    /// Content-Type of the MESSAGE that a key with action `message` sends, with `k=<key>` in its body; empty = neither.
    /// What a Snom sends is not known.
    std::string press_type = "application/x-buttons";
    int refuse_xml = 0;                                     ///< final status for Snom XML; 0 = as the model does
    std::optional<std::chrono::milliseconds> answer_after;  ///< answers ringing calls by itself
  };

  /// Before the phone starts; outlives it. Without it, keys that ask for pages do nothing.
  void use(Web& web) { web_ = &web; }

  /// `observer` may be null: then nothing is told (and nothing is spent on it). All three must outlive the phone.
  VirtualPhone(Options options, Line& line, runtime::Clock& clock, Observer* observer);
  ~VirtualPhone();
  VirtualPhone(const VirtualPhone&) = delete;
  VirtualPhone& operator=(const VirtualPhone&) = delete;

  // -- what the line tells

  struct SipReply {
    int status = 0;  ///< 0 = none: the phone is silent while it reboots
    std::string reason;
    std::string accept;  ///< value of an Accept header, empty = none
  };
  /// A MESSAGE from the registrar.
  [[nodiscard]] SipReply message(std::string_view content_type, std::string_view body, std::string_view from);
  /// A NOTIFY from the registrar; `event` is the Event header's value with parameters.
  [[nodiscard]] SipReply notify(std::string_view event, std::string_view content_type, std::string_view body);
  void registered(std::chrono::seconds expires);
  /// What is told of a URI that a key watches.
  void watched(const std::string& uri, const language::DialogInfo& info, std::string_view document = {});
  void watch_failed(const std::string& uri, int status, const std::string& reason, std::chrono::milliseconds retry_in);
  void registration_failed(int status, const std::string& reason, std::chrono::milliseconds retry_in);
  void unregistered();
  /// 180 = rings; anything else is the final status to refuse it with.
  [[nodiscard]] int incoming_call(CallId call, const std::string& caller);
  void call_progress(CallId call, int status);
  void call_answered(CallId call);
  void call_ended(CallId call, int status, const std::string& reason);
  void call_held_by_peer(CallId call, bool on);
  void dtmf_received(CallId call, const std::string& digits);
  void transfer_progress(CallId call, int status);
  /// NOTIFY "talk" (answer, or take off hold) or "hold" in a call's dialog: 200, or 480 when it cannot be done.
  [[nodiscard]] int call_notify(CallId call, std::string_view event);

  // -- what fingers and the web page do

  /// Presses keys one after another with their times and pauses; an absent time or pause is 0 ms. Sequences queue up.
  /// The error names the first key that this model has not, and then nothing is pressed; or tells that more than 4096
  /// presses wait.
  [[nodiscard]] tl::expected<void, language::Error> press(const std::vector<language::KeyPress>& sequence);
  /// One finger on one key: it acts when it goes down. Held for 10 s, it comes up by itself. The error names a key that
  /// this model has not; a key that is down already, or is not, is passed over.
  [[nodiscard]] tl::expected<void, language::Error> key_down(std::string_view key);
  [[nodiscard]] tl::expected<void, language::Error> key_up(std::string_view key);
  void set_volume(int level);  ///< 0 to 15
  /// Answers the call that rings, holds the one talked in or takes a held one back, ends the one that keys act on.
  /// False when there is none.
  [[nodiscard]] bool answer_ringing();
  [[nodiscard]] bool hold_talking();
  [[nodiscard]] bool resume_held();
  [[nodiscard]] bool end_current();
  void dial(const std::string& number);
  /// DTMF digits into the call one talks in; without a call they are lost.
  void dtmf(const std::string& digits);
  void release_all_calls();
  void log_off();
  void log_on();
  /// As a phone that is switched on: it fetches its settings, if it has such, and logs on.
  void start();
  enum class Restart { reboot, factory_reset };
  /// Calls end, lights and keys are forgotten (a factory reset also forgets settings and call lists), the line
  /// registers anew after `reboot_time`. A second one while the first is under way is passed over.
  void restart(Restart how);
  void clear(CallList list);
  /// Kept without effect; at most 1000 names.
  void set_setting(const std::string& name, const std::string& value);
  /// Remembers the address of the page that the minibrowser would show; nothing is loaded.
  void show_page(const std::string& url);

  // -- what can be seen

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const std::vector<FunctionKey>& keys() const { return keys_; }
  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }
  /// The call that keys act on: a ringing one first, then the one talked in, being set up, held. Null when idle.
  [[nodiscard]] const Call* current_call() const;
  /// "idle", "dialling" or the state of the current call.
  [[nodiscard]] std::string_view state() const;
  [[nodiscard]] std::vector<std::string> display() const;
  [[nodiscard]] const std::deque<std::string>& list(CallList list) const;
  [[nodiscard]] const std::map<std::string, std::string>& settings() const { return settings_; }
  [[nodiscard]] const std::string& entry() const { return entry_; }
  [[nodiscard]] bool is_registered() const { return registered_; }
  [[nodiscard]] bool is_rebooting() const { return rebooting_; }
  /// The line was logged off and not logged on since.
  [[nodiscard]] bool is_logged_off() const { return logged_off_; }
  [[nodiscard]] bool is_ringing() const;
  [[nodiscard]] bool handset_is_up() const { return handset_up_; }
  /// "handset", "speaker" or "headset": what one talks by.
  [[nodiscard]] const std::string& audio() const { return audio_; }
  [[nodiscard]] std::vector<std::string> keys_down() const;
  [[nodiscard]] bool dnd() const { return dnd_; }
  [[nodiscard]] bool muted() const { return muted_; }
  [[nodiscard]] int volume() const { return volume_; }
  [[nodiscard]] std::uint64_t key_presses() const { return key_presses_; }
  [[nodiscard]] std::uint64_t documents() const { return documents_; }  ///< x-buttons documents taken
  /// LEDs that Snom XML lit, by number. Those of function keys have a place as well.
  [[nodiscard]] const std::map<int, language::Led>& leds() const { return leds_; }
  [[nodiscard]] const language::Led* led_of(const FunctionKey& key) const;
  /// The number of function key `place`'s LED, 1 = P1.
  [[nodiscard]] std::optional<int> led_number(int place) const;
  [[nodiscard]] std::uint64_t xml_documents() const { return xml_documents_; }  ///< taken
  [[nodiscard]] const std::string& last_xml() const { return last_xml_; }       ///< as understood, without passwords
  [[nodiscard]] const std::string& page() const { return page_; }               ///< the minibrowser's

 private:
  struct Step {
    PhoneKey key;
    std::chrono::milliseconds hold{0};
    std::chrono::milliseconds pause{0};
  };

  void touch() const;  ///< what can be seen has changed
  void tell(std::string name, std::vector<std::pair<std::string, Event::Value>> details = {}) const;
  void tell_call(const Call& call, std::string_view state, int status = 0, std::string_view reason = {}) const;
  void tell_button(const FunctionKey& key) const;
  void later(std::chrono::milliseconds delay, std::function<void()> work);
  void make_keys();
  void set_watched_keys();
  /// `then` (may be empty) is done when they are taken, or cannot be had.
  void fetch_settings(std::function<void()> then);
  void take_settings(std::string_view text);
  /// True: it is another key now.
  bool set_key(FunctionKey& key, const language::FunctionKeySetting& setting);
  /// Whether the definition of a key can be taken.
  bool define(FunctionKey& key) const;
  void watch_keys();

  SipReply take_buttons(std::string_view body);
  SipReply take_xml(std::string_view content_type, std::string_view body);
  SipReply refuse_xml(int status, std::string_view reason, const std::string& why) const;
  void light(const language::Led& led);
  void run(const std::vector<language::Fragment>& fragments);
  void press_xml_key(const std::string& name);
  FunctionKey* find_by_argument(std::string_view argument);

  void run_steps();
  void released(const PhoneKey& key, TimePoint pressed);
  void let_go(const std::string& name);
  void act(const PhoneKey& key, std::chrono::milliseconds hold);
  void act_in_call(const PhoneKey& key);
  void press_function_key(FunctionKey& key);
  void press_url_key(const std::string& name, const std::string& url);
  void press_digit(char digit, std::chrono::milliseconds hold);
  void press_enter();
  void press_cancel();
  void pick_up();
  void put_down();

  Call* find_call(CallId id);
  Call* current();
  Call* call_in(CallState state);
  void answer(Call& call);
  void end(CallId id, int status);  ///< rejects a ringing call with `status`, hangs up any other
  void hold_others(CallId but);
  void hold(Call& call);
  void resume(Call& call);
  void toggle_hold();
  void transfer_to(const std::string& number);
  void remember(CallList list, const std::string& peer);
  void forget_call(CallId id);

  Options options_;
  Line& line_;
  runtime::Clock& clock_;
  Observer* observer_;
  Web* web_ = nullptr;
  TimePoint started_;
  bool fetching_ = false;     ///< its settings
  bool fetch_again_ = false;  ///< it was told to while it did

  std::vector<FunctionKey> keys_;
  std::vector<Call> calls_;
  std::map<CallList, std::deque<std::string>> lists_;  ///< newest first
  std::map<std::string, std::string> settings_;
  std::string entry_;
  std::string text_;  ///< of the last MESSAGE with text, until CANCEL
  bool registered_ = false;
  bool rebooting_ = false;
  bool logged_off_ = false;
  bool off_hook_ = false;
  bool transferring_ = false;
  bool dnd_ = false;
  bool muted_ = false;
  bool menu_ = false;
  int menu_item_ = 0;
  int volume_ = 8;
  std::string audio_ = "handset";
  bool handset_up_ = false;
  std::uint64_t key_presses_ = 0;
  std::uint64_t documents_ = 0;
  std::map<int, language::Led> leds_;
  std::uint64_t xml_documents_ = 0;
  std::size_t fetches_ = 0;  ///< whose time has not come; a reboot forgets them
  std::uint64_t boots_ = 0;
  std::string last_xml_;
  std::string page_;

  std::deque<Step> steps_;
  bool stepping_ = false;
  struct Finger {
    PhoneKey key;
    TimePoint pressed;
    runtime::Clock::TimerId tired = 0;  ///< when it comes up by itself
  };
  std::map<std::string, Finger> fingers_;  ///< by the key's name
  runtime::Lifetime lifetime_;             ///< of timers and answers of later
};

}  // namespace snom::phone
