#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/commands/command_service.h"
#include "control/other_nodes.h"
#include "registration/directory.h"
#include "runtime/lifetime.h"
#include "sip/event_loop.h"
#include "sip/server.h"
#include "snomd/node_letter.h"
#include "store/node_member.h"
#include "store/postgres_bindings.h"

namespace snom::snomd {

/// This snomd as one of several that share the phones of a store (docs/decisions/ownership.md): which phones it speaks
/// to, and what the others change. Stands between registrations, control and what is sent. Loop's thread, unless said
/// otherwise.
class Nodes final : public control::OtherNodes {
 public:
  struct Options {
    std::string name;                              ///< this node's
    std::string url;                               ///< of the store
    std::chrono::seconds longest_binding{7200};    ///< [registrar] max_expires_s
    std::chrono::milliseconds answer_limit{7000};  ///< of what is asked of another node, beside the command's own
  };
  /// What a change of the store is told to.
  struct Told {
    control::CommandService& commands;
    sip::Server& registrar;
    std::function<void(std::vector<control::KeptGroup>)> groups;  ///< all of them
  };

  /// `registered`: whom this node registered itself. Both outlive this.
  Nodes(Options options, sip::EventLoop& loop, const registration::Directory& registered);
  ~Nodes() override;
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  /// Who keeps bindings for other nodes; until stop(). Before the registrar is opened.
  [[nodiscard]] registration::BindingKeeper& keeper() const { return *bindings_; }
  /// From now on it is one of the nodes. What is told outlives stop().
  void start(Told told);
  /// Registrations that other nodes cannot find yet.
  [[nodiscard]] std::size_t unwritten() const { return bindings_ == nullptr ? 0 : bindings_->counters().waiting; }
  /// Its phones are given away, each when nothing of what was sent to it may arrive any more; it takes none. held()
  /// says how many are left. Whoever takes them looks once for where they are: before, unwritten() is to be 0.
  void drain() {
    if (member_ != nullptr) member_->drain();
  }
  /// It speaks to no phone any more. When what is returned has gone, which may wait for the store and needs no certain
  /// thread, others may take its phones at once.
  struct Stopped {
    std::unique_ptr<store::PostgresBindings> bindings;
    std::shared_ptr<store::NodeMember> member;  ///< goes last
  };
  [[nodiscard]] Stopped stop();

  /// Control is told of phones that are this node's, and of others once they are.
  void registered(const registration::RegistrationPointer& registration);

  /// A phone wants to be this node's, unless it is.
  void claim(const std::string& address_of_record);
  /// Whether the phones of this address of record are this node's.
  [[nodiscard]] bool holds(std::string_view address_of_record) const;
  /// Before something is sent to them; whoever sends it keeps that as long as something of it may arrive. nullptr: it
  /// must not be sent, why_not().
  [[nodiscard]] std::shared_ptr<const void> speak_to(std::string_view address_of_record);
  [[nodiscard]] std::string why_not(std::string_view address_of_record) const;

  // As OtherNodes.
  [[nodiscard]] std::string node_of(std::string_view address_of_record) const override;
  [[nodiscard]] std::vector<std::string> phones() const override;
  void deliver(const std::string& address_of_record, const std::vector<control::WantedKeys::Revision>& revisions,
               Done done) override;
  void run(const std::string& address_of_record, const std::string& line, const control::Credentials& credentials,
           std::chrono::milliseconds limit, Done done) override;
  void tell(const std::string& address_of_record, const std::string& text) override;

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
    sip::EventLoop::TimerId timer = 0;
  };
  /// More are not taken.
  static constexpr std::size_t most_asked = 10000;

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

  void take_bindings(const std::vector<registration::KeptBinding>& bindings);
  void take(Change change);
  void take_keys(Change& change);
  void take_places(const Change& change);
  /// Of a new life: nothing is this node's that registered with it before.
  void claim_all(nodes::Epoch epoch);
  [[nodiscard]] std::vector<registration::RegistrationPointer> contacts_of(std::string_view address_of_record) const;

  const Options options_;
  sip::EventLoop& loop_;
  const registration::Directory& registered_;
  std::unique_ptr<Told> told_;
  nodes::Epoch epoch_ = 0;  ///< of the life for which all was claimed
  std::unordered_map<std::string, nodes::Epoch, Hash, std::equal_to<>> places_;
  std::unordered_map<nodes::Epoch, std::string> names_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::shared_ptr<store::NodeMember> member_;
  std::unique_ptr<store::PostgresBindings> bindings_;
  runtime::Lifetime lifetime_;
};

/// Of the phones that are registered here those that are this node's. Control's thread.
class HeldPhones final : public registration::Directory {
 public:
  /// Both outlive it.
  HeldPhones(const registration::Directory& all, const Nodes& nodes) : all_(all), nodes_(nodes) {}
  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override { return all_.account(query); }
  [[nodiscard]] std::vector<Query> names() const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;

 private:
  const registration::Directory& all_;
  const Nodes& nodes_;
};

/// What control sends, as far as its phones are this node's. All on the loop's thread; what each is given outlives it.
class HeldSender final : public control::MessageSender {
 public:
  HeldSender(control::MessageSender& to, Nodes& nodes, runtime::Executor& executor)
      : to_(to), nodes_(nodes), executor_(executor) {}
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override { return to_.max_body(to); }

 private:
  control::MessageSender& to_;
  Nodes& nodes_;
  runtime::Executor& executor_;
};

class HeldWeb final : public control::PhoneWeb {
 public:
  HeldWeb(control::PhoneWeb& to, Nodes& nodes, runtime::Executor& executor)
      : to_(to), nodes_(nodes), executor_(executor) {}
  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override;

 private:
  control::PhoneWeb& to_;
  Nodes& nodes_;
  runtime::Executor& executor_;
};

}  // namespace snom::snomd
