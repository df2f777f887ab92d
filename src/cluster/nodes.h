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
#include <unordered_set>
#include <utility>
#include <vector>

#include "cluster/node_letter.h"
#include "control/commands/command_service.h"
#include "control/other_nodes.h"
#include "registration/directory.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"
#include "store/node_member.h"

namespace snom::cluster {

/// Who registers phones, of a program that is a node. Control's thread.
class Registrar {
 public:
  virtual ~Registrar() = default;
  /// This node has a new life: it owns nothing yet.
  virtual void began(nodes::Epoch life) = 0;
  /// Their phones are this node's from now on; they may have registered at another one before.
  virtual void owned(const std::vector<std::string>& addresses_of_record) = 0;
  /// Their phones are another node's from now on.
  virtual void let_go(const std::vector<std::string>& addresses_of_record) = 0;
};

/// A message to a phone of this node's: made before it is sent, kept until nothing of it can arrive any more. Any
/// thread.
class Speaking final {
 public:
  Speaking(std::weak_ptr<store::NodeMember> member, nodes::Ownership::Ticket ticket)
      : member_(std::move(member)), ticket_(std::move(ticket)) {}
  ~Speaking();
  Speaking(const Speaking&) = delete;
  Speaking& operator=(const Speaking&) = delete;

  /// Before it is sent once more.
  [[nodiscard]] bool may_repeat() const;

 private:
  const std::weak_ptr<store::NodeMember> member_;
  const nodes::Ownership::Ticket ticket_;
};

/// This program as one of several that share the phones of a store (docs/decisions/ownership.md): which phones it
/// speaks to, and what the others change. Stands between registrations, control and what is sent. Control's thread.
class Nodes final : public control::OtherNodes {
 public:
  struct Options {
    std::string name;                              ///< this node's
    std::string url;                               ///< of the store
    std::chrono::milliseconds answer_limit{7000};  ///< of what is asked of another node, beside the command's own
    bool takes_over = true;                        ///< phones of a node that died, without their registering here
    /// For the log; on control's thread. Not empty.
    std::function<void(const std::string&)> informed = {};
    std::function<void(const std::string&)> warned = {};
  };
  /// What a change of the store is told to.
  struct Told {
    control::CommandService& commands;
    Registrar& registrar;
    std::function<void(std::vector<control::KeptGroup>)> groups;  ///< all of them
  };

  /// `executor` and `clock`: control's; `registered`: whom this node registered itself. All outlive this.
  Nodes(Options options, runtime::Executor& executor, runtime::Clock& clock, const registration::Directory& registered);
  ~Nodes() override;
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  /// From now on it is one of the nodes. What is told outlives stop().
  void start(Told told);
  /// Its phones are given away, each when nothing of what was sent to it may arrive any more; it takes none. held()
  /// says how many are left.
  void drain() {
    if (member_ != nullptr) member_->drain();
  }
  /// It speaks to no phone any more. When what is returned has gone, which may wait for the store and needs no certain
  /// thread, others may take its phones at once; but if something is under way to one of them (Speaking), only when its
  /// life has run out.
  [[nodiscard]] std::shared_ptr<store::NodeMember> stop();

  /// Control is told of phones that are this node's, and of others once they are.
  void registered(const registration::RegistrationPointer& registration);

  /// A phone wants to be this node's, unless it is.
  void claim(const std::string& address_of_record);
  /// Whether the phones of this address of record are this node's.
  [[nodiscard]] bool holds(std::string_view address_of_record) const;
  /// Before something is sent to them. nullptr: it must not be, why_not().
  [[nodiscard]] std::shared_ptr<const Speaking> speak_to(std::string_view address_of_record);
  [[nodiscard]] std::string why_not(std::string_view address_of_record) const;

  // As OtherNodes.
  [[nodiscard]] std::string node_of(std::string_view address_of_record) const override;
  [[nodiscard]] std::vector<std::string> phones() const override;
  void deliver(const std::string& address_of_record, const std::vector<control::WantedKeys::Revision>& revisions,
               Done done) override;
  void run(const std::string& address_of_record, const std::string& line, const control::Credentials& credentials,
           std::chrono::milliseconds limit, Done done) override;
  void tell(const std::string& address_of_record, const std::string& text) override;

  /// The one phone of other nodes that the query means; nullopt: there is none, or there are several. Looks at all of
  /// them when it names no domain.
  [[nodiscard]] std::optional<std::string> phone_elsewhere(const registration::Directory::Query& query) const;

  struct Other {
    std::string name;
    std::size_t phones = 0;  ///< that it speaks to
  };
  /// The other nodes that live, by name.
  [[nodiscard]] std::vector<Other> others() const;
  [[nodiscard]] const std::string& name() const { return options_.name; }
  /// Addresses of record that it may speak to.
  [[nodiscard]] std::size_t held() const { return lease_holds() ? member_->held() : 0; }
  [[nodiscard]] bool lease_holds() const { return member_ != nullptr && member_->lease_holds(); }

 private:
  using Change = store::NodeMember::Change;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  /// What another node was asked.
  struct Asked {
    nodes::Epoch other = 0;
    std::string name;
    Done done;
    runtime::Clock::TimerId timer = 0;
  };
  /// More are not taken.
  static constexpr std::size_t most_asked = 10000;

  [[nodiscard]] bool is_own(nodes::Epoch epoch) const;
  /// `make`: of the question's number.
  template <typename Make>
  void ask(const std::string& address_of_record, std::chrono::milliseconds limit, Done done, Make make);
  void end(std::uint64_t id, tl::expected<std::vector<control::ContactOutcome>, std::string> outcome);
  void end_those_of_the_dead();
  void read(const std::vector<store::NodeMember::Letter>& letters);
  void take_letter(nodes::Epoch from, const AskDelivery& ask);
  void take_letter(nodes::Epoch from, const AskCommand& ask);
  void take_letter(nodes::Epoch from, NodeAnswer answer);
  void take_letter(nodes::Epoch from, const NodeText& told);
  void answer(nodes::Epoch to, const NodeAnswer& answer);

  void take(Change change);
  void take_names(Change& change);
  void warn_of(const std::vector<std::string>& unreadable);
  void take_keys(Change& change);
  void take_places(const Change& change);
  /// Of a new life: nothing is this node's that registered with it before.
  void claim_all(nodes::Epoch epoch);

  const Options options_;
  runtime::Executor& executor_;
  runtime::Clock& clock_;
  const registration::Directory& registered_;
  std::unique_ptr<Told> told_;
  nodes::Epoch epoch_ = 0;  ///< of the life for which all was claimed
  std::unordered_map<std::string, nodes::Epoch, Hash, std::equal_to<>> places_;
  std::unordered_map<nodes::Epoch, std::string> names_;  ///< of the lives of other nodes; all others are over
  /// Registered here and another node's: theirs is the later registration, until they register here anew.
  std::unordered_set<std::string> left_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::shared_ptr<store::NodeMember> member_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::cluster
