#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "asterisk/ami.h"
#include "control/commands/command_service.h"
#include "control/keys/key_address.h"
#include "registration/registration.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// The channel of a `UserEvent(SnomPress)` of a call to a key's extension, as the event says; nullopt: it is another
/// event.
[[nodiscard]] std::optional<std::string> channel_of_key_call(const AmiMessage& event);

/// Presses of keys that subscribe: calls to a key's extension, which the dialplan tells of and holds for a moment. Any
/// phone can forge the event, so the channel that it names is asked what was dialled and by whom; that channel is then
/// ended, or sent on to the number that is bound. Control's thread.
class KeyCalls final {
 public:
  static constexpr std::size_t most_under_way = 32;  ///< of calls that are asked about; more events are passed over
  static constexpr std::size_t most_kept = 256;      ///< of channels that have pressed, which press once

  /// What it is to do with whoever is registered at an endpoint.
  struct Ports {
    /// A contact of each of the endpoint's users.
    std::function<std::vector<registration::RegistrationPointer>(std::string_view endpoint)> find;
    /// A key of this phone's was pressed by it.
    std::function<control::CommandService::KeyPress(const registration::RegistrationPointer& from,
                                                    const std::string& key)>
        pressed;
    /// It called another phone's key.
    std::function<void(const registration::RegistrationPointer& from, const std::string& extension)> refused;
  };

  /// All outlive it. `limit`: for each question.
  KeyCalls(Ami& ami, std::chrono::milliseconds limit, Ports ports)
      : ami_(ami), limit_(limit), ports_(std::move(ports)) {}
  KeyCalls(const KeyCalls&) = delete;
  KeyCalls& operator=(const KeyCalls&) = delete;

  /// The connection is there (again): Asterisk may have restarted, and then counts its channels from 0 again.
  void connected() { pressed_.clear(); }
  void called(const std::string& channel);

 private:
  struct Call {
    std::string channel;
    std::string extension;
    std::string endpoint;
    std::string context;
    std::size_t left = 0;  ///< questions not answered yet
    bool is_there = true;
  };
  void ask(const std::shared_ptr<Call>& call, std::string_view variable, std::string Call::*into);
  void judge(const Call& call);
  /// By an ISDN cause (Q.850), which Asterisk makes a status of.
  void hang_up(const std::string& channel, std::string_view cause);
  void send_on(const Call& call, std::string_view number);

  Ami& ami_;
  std::chrono::milliseconds limit_;
  Ports ports_;
  std::size_t under_way_ = 0;
  std::deque<std::string> pressed_;  ///< channels, the latest last
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
