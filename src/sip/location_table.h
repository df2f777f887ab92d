#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "registration/registration.h"
#include "runtime/rare_string.h"

namespace snom::sip {

/// Where one contact of a user is reached, and until when.
struct Binding {
  using TimePoint = registration::Registration::TimePoint;

  /// What became of the latest request to it.
  enum class Heard {
    nothing,  ///< none was sent yet
    answer,
    silence,  ///< it was not answered, or could not be sent
  };

  registration::RegistrationPointer phone;  ///< what others see of it
  std::string instance;                     ///< +sip.instance as registered, quotes included; empty = none (RFC 5626)
  unsigned reg_id = 0;                      ///< 0 = none
  std::uint32_t cseq = 0;                   ///< of the REGISTER that set it last
  runtime::RareString q;                    ///< as registered, may be empty
  TimePoint registered_at{};                ///< when that REGISTER came
  std::string next_hop;                     ///< where requests to it are sent: "udp:192.0.2.7:5060"
  std::string listener;  ///< name of the listening socket that the REGISTER came in at: NAT lets in that one only
  std::shared_ptr<void> connection;  ///< keeps the connection of the REGISTER, for streams
  std::vector<std::string> path;     ///< RFC 3327: URIs of the proxies on the way there, the nearest first
  Heard heard = Heard::nothing;
  bool proxied = false;  ///< a proxy passed it on

  [[nodiscard]] const std::string& contact() const { return phone->contact; }
  [[nodiscard]] const std::string& call_id() const { return phone->call_id; }
  [[nodiscard]] TimePoint expires() const { return phone->expires; }
};

/// The bindings of one domain's users (RFC 3261 section 10.3). Pure: the time is a parameter, no I/O. One owner thread.
///
/// Bindings of one instance with different reg-ids are flows to one phone (RFC 5626): it is told and listed once, by
/// the oldest of them.
class LocationTable final {
 public:
  using TimePoint = Binding::TimePoint;

  /// A binding of a user's: its contact, and its instance and reg-id if it has any.
  struct Flow {
    std::string contact;
    std::string instance;
    unsigned reg_id = 0;
    bool operator==(const Flow&) const = default;
  };

  /// What one REGISTER asks for. `set` has call_id and cseq filled in.
  struct Update {
    std::vector<Binding> set;
    std::vector<Flow> remove;  ///< one that is not there is passed over
    bool remove_all = false;   ///< Contact: *
    std::string call_id;
    std::uint32_t cseq = 0;
  };
  /// What came of it, for those who watch: of each phone the flow that stands for it.
  struct Applied {
    std::vector<Binding> registered;  ///< new contacts, those refreshed under a new Call-ID, flows left of a phone
    std::vector<Binding> refreshed;   ///< contacts that were there, under the same Call-ID
    std::vector<Binding> removed;     ///< removed or replaced
    std::vector<Binding> dropped;     ///< unanswered ones that made room for the newest
    std::vector<Binding> expired;
    /// Of every binding that went or changed its name, flows that stood for no phone among them; but for the expired.
    std::vector<Flow> gone;
  };
  enum class Refused {
    out_of_order,  ///< the same Call-ID with a CSeq that is not higher
    too_many,      ///< more contacts than max_contacts, all of phones that answer or of this very Call-ID
  };

  explicit LocationTable(std::size_t max_contacts) : max_contacts_(max_contacts) {}

  /// All of it or nothing. A new binding takes the place of one
  ///  - with the same instance and reg-id (RFC 5626 section 6);
  ///  - with the same URI (section 19.1.4), unless both are flows of one instance;
  ///  - without an instance either, under another Call-ID, from the same transport, address and port and the same
  ///    User-Agent: one socket is one phone, which has started again. Not behind a proxy, where it may be many.
  /// Into a full list it comes in place of one under another Call-ID that did not answer the latest request or was
  /// never sent one; of those the silent go first, then the one whose REGISTER is the oldest.
  [[nodiscard]] tl::expected<Applied, Refused> apply(const std::string& user, const Update& update, TimePoint now);

  /// A binding that another registrar was asked for comes in as by that REGISTER, with the time when it came there.
  /// nullopt: what would be replaced is the same or newer, it has expired, or there is no room.
  [[nodiscard]] std::optional<Applied> take_over(const std::string& user, const Binding& kept, TimePoint now);

  /// Those that have not expired; the oldest first.
  [[nodiscard]] std::vector<const Binding*> find(const std::string& user, TimePoint now) const;

  /// The same with one binding for each phone.
  [[nodiscard]] std::vector<const Binding*> find_phones(const std::string& user, TimePoint now) const;

  /// The binding with exactly this contact text, and all other flows of its instance; those that did not answer last.
  /// Empty if there is none. Valid until the table changes.
  [[nodiscard]] std::vector<const Binding*> find_flows(const std::string& user, std::string_view contact) const;

  /// nullptr if it is gone. Valid until the table changes.
  [[nodiscard]] const Binding* find_flow(const std::string& user, const Flow& flow) const;

  /// What became of a request to this binding.
  void note(const std::string& user, const Flow& flow, Binding::Heard heard);

  /// Calls `visit` for one binding of each phone that has not expired, users in no order.
  void for_each(TimePoint now, const std::function<void(const std::string& user, const Binding&)>& visit) const;

  /// Every flow, also several to one phone.
  void for_each_flow(const std::function<void(const Binding&)>& visit) const;

  /// Puts another registration in the place of each for which `other` has one: of the same contact, with other facts.
  /// Those that stand for a phone.
  [[nodiscard]] std::vector<registration::RegistrationPointer> exchange(
      const std::function<std::optional<registration::Registration>(const registration::Registration&)>& other);

  /// Takes out what has expired; tells it, and which flow stands now for the phone of one that did.
  [[nodiscard]] std::vector<std::pair<std::string, Applied>> expire(TimePoint now);

  using UserBinding = std::pair<std::string, Binding>;
  /// Takes out the bindings of each user that `keep` refuses, and returns one for each phone.
  [[nodiscard]] std::vector<UserBinding> remove_users(const std::function<bool(const std::string& user)>& keep);

  /// Takes out all bindings of a user, and returns one for each phone.
  [[nodiscard]] std::vector<Binding> remove_user(const std::string& user);

  [[nodiscard]] bool empty() const { return users_.empty(); }
  /// Users with a binding.
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  std::size_t max_contacts_;
  std::unordered_map<std::string, std::vector<Binding>> users_;  ///< no user without a binding
};

}  // namespace snom::sip
