#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/channel.h"
#include "control/commands/command_context.h"
#include "control/commands/snom_command.h"
#include "control/event.h"
#include "control/other_nodes.h"
#include "control/ports.h"
#include "control/registration.h"
#include "control/remote/web_credentials.h"
#include "control/remote/xml_delivery.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::control {

/// Runs snom_command: finds the phones, picks each contact's channel, and makes one reply a phone. Control's thread.
class RemoteControl {
 public:
  struct Settings {
    ChannelSettings channels;
    Groups groups;
    std::chrono::milliseconds xml_pause{2000};  ///< between two NOTIFYs of a command
    WebCredentials credentials = {};
  };

  /// All of them outlive this. `pictures`: nullptr = screens are not kept anywhere.
  /// `limit`: of waiting for a phone's answers to NOTIFYs, see XmlDelivery. `others`: nullptr = there are none.
  RemoteControl(Directory& directory, MessageSender& messages, PhoneWeb& web, runtime::Executor& executor,
                runtime::Clock& clock, PictureKeeper* pictures, std::chrono::milliseconds limit,
                OtherNodes* others = nullptr)
      : directory_(directory),
        web_(web),
        executor_(executor),
        clock_(clock),
        xml_(messages, executor, clock, limit),
        pictures_(pictures),
        limit_(limit),
        others_(others) {}
  RemoteControl(const RemoteControl&) = delete;
  RemoteControl& operator=(const RemoteControl&) = delete;

  /// Heeded by commands from now on.
  void use(Settings settings);
  /// Groups besides those of the settings, which go before them.
  void use_groups(Groups groups) { kept_groups_ = std::move(groups); }
  [[nodiscard]] const Groups& configured_groups() const { return settings_.groups; }
  /// Of a group, `groups` first; nullptr: there is none of that name.
  [[nodiscard]] const std::vector<std::string>* members_of(std::string_view group, const Groups& groups) const;

  /// How many phones these are, those of other nodes with them, about: one that is named twice counts twice, and a `*`
  /// is all of them, whatever stands beside it.
  [[nodiscard]] std::size_t count(const std::vector<CommandTarget>& targets, const Groups& groups) const;

  /// `done` gets the end of the command for each phone that it names, in that order (at least one), once all are known
  /// and never before the call returns.
  using Done = std::function<void(std::vector<CommandDone>)>;
  /// `each` (may be empty) is told of each of them as soon as it is known, and may change it. Of many phones so many
  /// are begun in one turn of control's thread.
  static constexpr std::size_t most_a_turn = 200;
  using Each = std::function<void(CommandDone&)>;
  void run(SnomCommand command, const CommandContext& context, Each each, Done done);

  /// Contacts of registered phones that the targets of a command mean; those that name a web page have none. `groups`:
  /// besides the configured ones.
  [[nodiscard]] std::vector<RegistrationPointer> contacts_of(const std::vector<CommandTarget>& targets,
                                                             const Groups& groups) const;

  /// The picture of a registered phone's screen: a BMP as the phone sends it, or why there is none. `done` comes
  /// after the call has returned.
  using Picture = std::function<void(tl::expected<std::string, std::string>)>;
  void take_picture(const Directory::Query& phone, Picture done);

 private:
  /// One phone, or one name that means none.
  struct Target {
    std::string typed;
    std::optional<WebAddress> page;
    tl::expected<std::vector<RegistrationPointer>, std::string> contacts;
    std::string elsewhere = {};  ///< address of record of a phone that another node speaks to
  };
  struct Asked;
  struct Run;

  /// Groups, lists and `*` become single phones, each once, however often it is named.
  [[nodiscard]] std::vector<Target> resolve(const std::vector<CommandTarget>& targets, const Groups& groups) const;
  class Named;
  void add_phones(const CommandTarget& target, Named& named) const;
  void run_next(const std::shared_ptr<Run>& run, std::size_t begin);
  void run_one(const std::shared_ptr<Run>& run, std::size_t index);
  void run_elsewhere(const std::shared_ptr<Run>& run, std::size_t index);
  /// A phone of this name that is not registered here; empty: nor at another node.
  [[nodiscard]] std::string elsewhere(const Directory::Query& query) const;
  /// Asks a page; `own`: the command's credentials, an empty name without any. A registered phone's page is then told
  /// those that `configured` or the settings have for it.
  void get(const Asked& asked, const Credentials& own, const CredentialsOf& configured, std::size_t max_body,
           std::function<void(WebOutcome)> done);
  [[nodiscard]] std::vector<Asked> ask_whom(const SnomCommand& command, const Target& target) const;
  /// How this contact is asked, or why it cannot be.
  [[nodiscard]] tl::expected<Channel, std::string> channel_for(const RemoteCommand& command,
                                                               const Registration& contact) const;

  Directory& directory_;
  PhoneWeb& web_;
  runtime::Executor& executor_;
  runtime::Clock& clock_;
  XmlDelivery xml_;
  PictureKeeper* pictures_;
  std::chrono::milliseconds limit_;
  OtherNodes* others_;
  Settings settings_;
  Groups kept_groups_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::control
