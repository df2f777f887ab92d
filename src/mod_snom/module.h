#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/held.h"
#include "cluster/lingering.h"
#include "cluster/nodes.h"
#include "control/commands/command_service.h"
#include "control/event_bus.h"
#include "control/keys/button_store.h"
#include "http/phone_web_client.h"
#include "mod_snom/control_thread.h"
#include "mod_snom/event_counters.h"
#include "mod_snom/event_log.h"
#include "mod_snom/job_runner.h"
#include "mod_snom/outgoing_events.h"
#include "mod_snom/presence_keys.h"
#include "mod_snom/settings.h"
#include "mod_snom/sofia_message_sender.h"
#include "mod_snom/sofia_source.h"
#include "mod_snom/user_directory.h"
#include "picture/picture_folder.h"
#include "picture/workroom.h"

namespace snom::freeswitch {

/// Everything that is between load and unload. All calls from any of FreeSWITCH's threads.
class Module {
 public:
  /// `pins`: of the certificates of phones' pages; empty unless the settings want them pinned.
  /// `store`: where the wanted keys are kept, a file or the URI of a database; empty = in memory only. The error says
  /// why it cannot be used.
  [[nodiscard]] static tl::expected<std::unique_ptr<Module>, std::string> open(const Settings& settings,
                                                                               std::shared_ptr<http::PinStore> pins,
                                                                               const std::string& store);
  ~Module() { stop(); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// The module is about to be unloaded: commands that wait are answered -ERR within a quarter of a second, so that
  /// FreeSWITCH, which waits for them, goes on.
  void begin_to_leave() { leaving_ = true; }
  /// Ends within about a second, however silent phones and their web pages are. Commands that wait are answered -ERR;
  /// those that come later, too.
  void stop();

  /// Runs a command line and waits for its reply, within the limits of the settings. FreeSWITCH's directory is asked
  /// for what it may know of the phones: groups, and the credentials of their pages.
  [[nodiscard]] std::string command(std::string_view line);
  [[nodiscard]] std::string status();

  /// mod_sofia told of a registration or of its end.
  void registered(registration::Registration registration, std::string presence_hosts);
  void unregistered(registration::Registration registration);
  void job_ended(std::string job, std::string output);

  /// A MESSAGE from a phone, as mod_sofia hands it on.
  struct Message {
    std::string profile;
    std::string from_user;
    std::string from_host;
    std::string from_address;  ///< where it came from on the network
    std::string target;        ///< the user that it was sent to, percent-decoded
    std::string target_host;
    std::string body;
  };
  /// To chat interface `snom`: runs what was bound to that phone's keys.
  void press(Message message);
  /// To anybody else. True: let it pass. Waits for control's thread when the api+ door is to be watched.
  [[nodiscard]] bool passes(Message message);

  /// mod_sofia has, or has no more, a subscription of a phone's to one of its keys (PRESENCE_PROBE of protocol `snom`).
  struct Probe {
    std::string profile;
    std::string from;  ///< "1000@example.com": who subscribes
    std::string to;    ///< "snom+1000-2@example.com", as the phone wrote it
    std::chrono::seconds lifetime{0};
  };
  void probed(Probe probe);

  /// A call to a key's address.
  struct KeyCall {
    std::string profile;
    std::string from_user;
    std::string from_host;
    std::string from_address;      ///< where it came from on the network
    std::string authenticated_as;  ///< empty: mod_sofia did not ask
    std::string target;            ///< the user part that was called, percent-decoded
  };
  enum class Called { pressed, redirected, not_bound, refused };
  struct CallOutcome {
    Called outcome = Called::refused;
    std::string number = {};  ///< of one that is redirected: a SIP URI
  };
  /// Runs what is bound to the key of the phone that calls. Waits for mod_sofia's registrations and for control's turn,
  /// and for nothing that runs.
  [[nodiscard]] CallOutcome press_by_call(const KeyCall& call);

  /// For tab completion: what is known, without waiting for control's turn.
  [[nodiscard]] std::vector<std::string> users();
  [[nodiscard]] std::vector<std::string> addresses();
  [[nodiscard]] std::vector<std::string> domains();
  [[nodiscard]] std::vector<std::string> profiles();

 private:
  struct Answer;
  /// What of FreeSWITCH's directory a snom_command wants to know before it is run.
  struct Questions {
    std::vector<NameOfNobody> names;  ///< nobody is registered under them: they may be groups'
    std::vector<std::string> pages;  ///< of registered phones, which are asked without credentials of the command's own
    bool names_asked = false;
    bool pages_asked = false;
  };

  Module(const Settings& settings, std::shared_ptr<http::PinStore> pins);
  [[nodiscard]] tl::expected<void, std::string> start(const std::string& store);

  /// The phone that sent this, if that can be told: a registration of that user from that network address.
  using Sender = tl::expected<registration::RegistrationPointer, std::string>;
  [[nodiscard]] Sender sender(const Message& message) const;
  /// Has the work done on control's thread, once mod_sofia was asked for the sender if need be.
  void with_its_sender(Message message, std::function<void(const Message&, const Sender&)> work);
  void refuse(const Message& message, std::string why);
  /// On control's thread. True: there is something (more) to ask.
  [[nodiscard]] bool has_questions(const control::SnomCommand& command, const control::Groups& groups,
                                   Questions& questions) const;
  [[nodiscard]] std::vector<std::string> of_registrations(
      const std::function<std::string(const registration::Registration&)>& word);

  /// Hands on to the command service what becomes of registrations. On control's thread.
  class Told final : public registration::Watcher {
   public:
    explicit Told(Module& the_module) : module_(the_module) {}
    void registered(const registration::RegistrationPointer& registration) override {
      if (module_.nodes_) return module_.nodes_->registered(registration);
      module_.command_service_->registered(registration);
    }
    void refreshed(const registration::RegistrationPointer& registration) override { registered(registration); }
    void unregistered(const registration::RegistrationPointer& registration, const std::string&) override {
      module_.command_service_->unregistered(registration);
    }

   private:
    Module& module_;
  };

  /// At a node. mod_sofia's table is its own: nothing is taken from another FreeSWITCH, and nothing is deleted in it.
  class NodeRegistrar final : public cluster::Registrar {
   public:
    explicit NodeRegistrar(Module& the_module) : module_(the_module) {}
    void began(nodes::Epoch) override {}
    void owned(const std::vector<std::string>&) override {}
    void let_go(const std::vector<std::string>& addresses_of_record) override;

   private:
    Module& module_;
  };
  void become_a_node();
  /// Others get its phones, but for those to which something is under way.
  void drain();
  /// On control's thread. Of a node: if it may speak to that phone.
  void tell_light(const std::string& address_of_record, const PresenceKeys::Presence& presence);
  /// On control's thread: phones of other nodes that a command names.
  void ask_for_pages_elsewhere(const control::SnomCommand& command, std::vector<std::string>& pages) const;
  [[nodiscard]] std::string node_status() const;

  const Settings settings_;
  Told told_{*this};
  NodeRegistrar node_registrar_{*this};
  SofiaSource registrations_;
  ControlThread control_;
  ControlThread asker_;  ///< asks mod_sofia, so that nobody with control's turn waits for it
  picture::Workroom workroom_;
  SofiaMessageSender message_sender_;
  JobRunner jobs_;
  control::EventBus events_;
  PresenceKeys presence_keys_;
  EventCounters event_counters_;
  OutgoingEvents outgoing_events_;
  EventLog event_log_;
  SofiaSource::Clock::time_point loaded_ = SofiaSource::Clock::now();
  std::uint64_t waiting_ = 0;
  std::atomic<bool> leaving_ = false;
  std::unique_ptr<control::ButtonStore> store_;
  http::PhoneWebClient pages_;
  std::optional<picture::PictureFolder> pictures_;
  // Of a node; empty: it is alone.
  std::unique_ptr<cluster::Nodes> nodes_;
  std::unique_ptr<cluster::HeldPhones> held_phones_;
  std::unique_ptr<cluster::Lingering> lingering_;
  std::unique_ptr<cluster::HeldSender> held_messages_;
  std::unique_ptr<cluster::HeldSubscriptions> held_presence_;
  std::unique_ptr<cluster::HeldWeb> held_pages_;
  std::unique_ptr<control::CommandService> command_service_;
};

}  // namespace snom::freeswitch
