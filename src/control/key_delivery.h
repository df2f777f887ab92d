#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/button_board.h"
#include "control/channel.h"
#include "control/event.h"
#include "control/gathering.h"
#include "control/registration.h"
#include "control/world.h"
#include "runtime/clock.h"

namespace snom::control {

/// Brings what the board wants to the phones: to each contact one document at a time, with all that it does not show
/// yet; again, at growing intervals, to one that is silent; everything, at a bounded rate, to one that registered anew.
/// A contact therefore never gets an old state of a key after a newer one. One that does not know x-buttons gets the
/// keys' lights as LEDs by NOTIFY, until it registers anew. Control's thread.
class KeyDelivery {
 public:
  struct Options {
    double restores_per_second = 500;                 ///< phones that registered anew and get all their keys
    std::chrono::milliseconds first_retry{2000};      ///< to a silent contact; doubled each time, less up to a half
    std::chrono::milliseconds longest_retry{300000};  ///< at random
    /// Of a command's waiting for a contact, whatever it waits for; the MessageSender's for one document.
    std::chrono::milliseconds answer_limit{5000};
    std::uint32_t seed = std::random_device{}();  ///< of that chance
    /// A longer document is sent in parts; what a UDP datagram holds, less the request's headers.
    std::size_t max_document_bytes = 48 * 1024;
  };

  /// What a contact is known to show of a key.
  enum class State {
    pending,    ///< on its way, waiting for its turn, or the contact is silent
    confirmed,  ///< answered 2xx
    failed,     ///< refused
  };
  struct ContactState {
    std::string contact;
    State state = State::pending;
    int status = 0;                       ///< of the latest answer; 0 = none yet
    std::string reason;                   ///< with status 0: why there is none
    std::optional<Channel> channel = {};  ///< by which the key was sent; none = not yet
  };

  /// All of them outlive this.
  KeyDelivery(ButtonBoard& board, Directory& directory, MessageSender& messages, runtime::Clock& clock,
              EventSink& events, Options options);
  ~KeyDelivery();
  KeyDelivery(const KeyDelivery&) = delete;
  KeyDelivery& operator=(const KeyDelivery&) = delete;

  /// Which phones get LEDs at once; heeded from the next document on.
  void use(ChannelSettings channels) { channels_ = std::move(channels); }

  /// A contact registered or refreshed its registration. One that is new, or has a new Call-ID (RFC 3261 section 10.2:
  /// the phone rebooted), gets all its keys when its turn comes.
  void registered(const RegistrationPointer& registration);
  /// A contact is gone: what it alone still showed cannot be pressed any more, unless it was the phone's last one,
  /// which may come back with it.
  void unregistered(const RegistrationPointer& registration);

  /// Sends what these contacts, all of one phone, do not show yet. `done` gets each contact's answer, in their order,
  /// as soon as each has answered for these revisions or later ones, or when the limit of time is over; a contact that
  /// is sent something at the moment is sent this next.
  using Done = std::function<void(std::vector<ContactOutcome>)>;
  void deliver(const std::vector<RegistrationPointer>& contacts, const std::vector<ButtonBoard::Revision>& revisions,
               Done done);

  /// What was wanted of this phone is another than before: its contacts get what they lack.
  void send_again(const std::string& address_of_record);

  /// What each registered contact of a phone shows of a key.
  [[nodiscard]] std::vector<ContactState> states(std::string_view address_of_record, const WantedButton& wanted) const;

  struct Counters {
    std::uint64_t documents = 0;  ///< sent
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t silent = 0;
    std::uint64_t restores = 0;  ///< contacts that got all their keys after they registered anew
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Contacts that wait for their turn to be restored.
  [[nodiscard]] std::size_t restores_waiting() const { return restores_.size(); }

 private:
  struct Contact;
  using ContactPointer = std::shared_ptr<Contact>;
  using Contacts = std::vector<ContactPointer>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Sent {
    std::vector<ButtonBoard::Revision> keys;
    unsigned life = 0;  ///< the contact's when it was sent: one that registered anew since shows none of it
    bool restore = false;
    Channel channel = Channel::buttons;
  };

  /// The contact of this registration, made or renewed if need be. `is_anew`: it was.
  ContactPointer meet(const RegistrationPointer& registration, bool& is_anew);
  void send_what_is_missing(const ContactPointer& contact);
  /// Keys that neither x-buttons nor a LED can bring to this contact fail as the x-buttons did.
  void fail_what_cannot_be_sent(Contact& contact, const std::vector<const WantedButton*>& missing) const;
  [[nodiscard]] OutgoingMessage compose(const Contact& contact, Channel channel,
                                        const std::vector<const WantedButton*>& told);
  void answered(const ContactPointer& contact, const Sent& sent, const SipOutcome& answer);
  /// One who waits, and until when. All have the same limit, so these are in the order of their ends.
  struct Deadline {
    runtime::Clock::TimePoint at;
    std::weak_ptr<Contact> contact;
    std::weak_ptr<Gathering> gathering;
    std::size_t index = 0;
    [[nodiscard]] bool is_met() const;
  };
  void set_deadline(const ContactPointer& contact, const std::shared_ptr<Gathering>& gathering, std::size_t index);
  void end_those_whose_time_is_over();
  /// Tells who still waits for this contact that the time is over, and what it waited for.
  void give_up(Contact& contact, const Gathering& gathering, std::size_t index) const;
  void note_shown(const std::string& address_of_record, const std::vector<ButtonBoard::Revision>& keys);
  /// note_shown() for all that is wanted, but what a command may still take back.
  void note_all_shown(const std::string& address_of_record);
  void retry_later(const ContactPointer& contact);
  void retry(const ContactPointer& contact);
  void restore_those_whose_turn_it_is();
  [[nodiscard]] const Contacts* contacts_of(std::string_view address_of_record) const;

  ButtonBoard& board_;
  Directory& directory_;
  MessageSender& messages_;
  runtime::Clock& clock_;
  EventSink& events_;
  Options options_;
  ChannelSettings channels_;
  std::uint64_t led_documents_ = 0;
  std::unordered_map<std::string, Contacts, Hash, std::equal_to<>> phones_;
  std::deque<std::weak_ptr<Contact>> restores_;
  runtime::Clock::TimePoint next_restore_{};
  bool restore_timer_ = false;
  std::deque<Deadline> deadlines_;
  bool deadline_timer_ = false;
  std::minstd_rand random_;
  Counters counters_;
  /// Callbacks hold it weakly: they may come after this has gone.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace snom::control
