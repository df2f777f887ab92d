#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asterisk/ami.h"
#include "control/keys/key_subscriptions.h"
#include "language/button.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// A key that shows the state of one of Asterisk's devices.
struct DeviceLamp {
  std::string device;  ///< "Custom:DND1000", "park:701@parkedcalls", "Queue:support_pause_PJSIP/1001", "PJSIP/1000"
  std::string phone;   ///< "1000@example.com"
  std::string key;     ///< "2"
  std::string label;   ///< empty = the key's label stays
  bool who = false;    ///< who is parked, or why a member is paused, stands behind the label
  std::map<std::string, language::Light, std::less<>> lights = {};  ///< by state, before the usual ones
  bool operator==(const DeviceLamp&) const = default;
};

/// States of devices as DEVICE_STATE() writes them.
[[nodiscard]] bool is_device_state(std::string_view state);
/// What a state looks like when nobody says otherwise: NOT_INUSE, UNKNOWN, INVALID = off; INUSE, BUSY = on (of `park:`
/// park); RINGING, RINGINUSE = pickup; ONHOLD = hold; UNAVAILABLE = offline.
[[nodiscard]] language::Light usual_light(std::string_view device, std::string_view state);
/// A device's name that can stand in DEVICE_STATE(): not empty, up to 200 of what is not a blank, control character,
/// parenthesis, quote, comma or backslash.
[[nodiscard]] bool is_device_name(std::string_view text);

/// Keeps keys as devices are: asks for each device's state at the start, after each reconnection and when an event
/// names it. An event itself is not believed, since any registered phone can forge it: what it says of who is parked,
/// which nothing else tells, is text that is shown, and no more. Control's thread.
class DeviceLamps final {
 public:
  /// Runs a command line: "snom_button 1000@example.com 2 light=on". `failed` is called, later, when it could not be
  /// done: it is run again when the state is asked for the next time.
  using Run = std::function<void(const DeviceLamp& lamp, const std::string& line, std::function<void()> failed)>;
  /// What a phone's key shows, whoever set it last.
  using Shown = std::function<control::KeyLight(const std::string& phone, const std::string& key)>;
  using Log = std::function<void(const std::string&)>;

  /// `shown` may be empty: then what others set stays until the device changes.
  DeviceLamps(std::vector<DeviceLamp> lamps, Ami& ami, Run run, Shown shown, Log warn);
  DeviceLamps(const DeviceLamps&) = delete;
  DeviceLamps& operator=(const DeviceLamps&) = delete;

  /// The connection is there (again): asks for all states. Who was parked before is not known.
  void connected();
  /// The same at times, since events may be lost, and somebody else may have set a lamp's key.
  void ask_all();
  void event(const AmiMessage& message);

 private:
  struct Device {
    std::vector<std::size_t> lamps;
    std::string text;     ///< who, or why
    bool in_use = false;  ///< as it was told last
    bool asking = false;
    bool again = false;    ///< something happened since it was asked for
    bool compare = false;  ///< what its keys show is looked at with the next answer
    bool complained = false;
  };

  void ask(const std::string& name);
  void learn(const std::string& name, Device& device, const Ami::Answer& answer);
  void note(const std::string& name, std::string_view text);
  [[nodiscard]] bool is_shown(const DeviceLamp& lamp, language::Light light, const std::string* label) const;

  std::vector<DeviceLamp> lamps_;
  std::vector<std::string> told_;                                    ///< the line that was run last, of each lamp
  std::map<std::pair<std::string, std::string>, int> lamps_of_key_;  ///< by phone and key
  std::map<std::string, Device, std::less<>> devices_;
  unsigned connection_ = 0;  ///< how many there were: what an earlier one was asked counts no more
  Ami& ami_;
  Run run_;
  Shown shown_;
  Log warn_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
