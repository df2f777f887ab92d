#include "cluster/nodes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace snom::cluster {

using registration::RegistrationPointer;

Speaking::~Speaking() {
  if (const auto kept = member_.lock()) kept->end(ticket_);
}

bool Speaking::may_repeat() const {
  const auto kept = member_.lock();
  return kept != nullptr && kept->may_repeat(ticket_);
}

Nodes::Nodes(Options options, runtime::Executor& executor, runtime::Clock& clock,
             const registration::Directory& registered)
    : options_(std::move(options)), executor_(executor), clock_(clock), registered_(registered) {}

Nodes::~Nodes() = default;

void Nodes::start(Told told) {
  told_ = std::make_unique<Told>(std::move(told));
  store::NodeMember::Options options{.url = options_.url, .name = options_.name};
  options.takes_any = options_.takes_over;
  const auto take_later = [&executor = executor_, alive = lifetime_.guard([this](Change& change) {
    take(std::move(change));
  })](Change change) {
    executor.post([alive, kept = std::make_shared<Change>(std::move(change))]() mutable { alive(*kept); });
  };
  const auto tell_later = [&executor = executor_, alive = lifetime_.guard([this](const std::string& why) {
    if (why.empty()) return options_.informed(options_.name + " hears of other nodes again");
    options_.warned(options_.name + " hears nothing of other nodes, and loses its phones to them: " + why);
  })](const std::string& why) { executor.post([alive, why]() mutable { alive(why); }); };
  member_ = std::make_shared<store::NodeMember>(std::move(options), take_later, tell_later);
}

std::shared_ptr<store::NodeMember> Nodes::stop() {
  for (auto asked = asked_.begin(); asked != asked_.end(); asked = asked_.begin()) {
    end(asked->first, tl::unexpected(std::string("stopping")));
  }
  told_.reset();
  return std::exchange(member_, nullptr);
}

void Nodes::registered(const RegistrationPointer& registration) {
  if (told_ == nullptr) return;
  const auto address_of_record = registration->address_of_record();
  left_.erase(address_of_record);
  if (holds(address_of_record)) return told_->commands.registered(registration);
  claim(address_of_record);
}

void Nodes::claim(const std::string& address_of_record) {
  if (member_ != nullptr && !holds(address_of_record)) member_->claim(address_of_record);
}

bool Nodes::holds(std::string_view address_of_record) const {
  return member_ != nullptr && member_->holds(address_of_record);
}

std::shared_ptr<const Speaking> Nodes::speak_to(std::string_view address_of_record) {
  if (member_ == nullptr) return nullptr;
  auto ticket = member_->begin(address_of_record);
  return ticket ? std::make_shared<const Speaking>(member_, std::move(*ticket)) : nullptr;
}

std::string Nodes::why_not(std::string_view address_of_record) const {
  if (const auto other = node_of(address_of_record); !other.empty()) {
    return fmt::format("{} speaks to it now, not {}", other, options_.name);
  }
  if (!lease_holds()) return fmt::format("{} may speak to no phone: the store is away", options_.name);
  return fmt::format("it is on its way to another node than {}", options_.name);
}

bool Nodes::is_own(nodes::Epoch epoch) const {
  return epoch != 0 && (epoch == epoch_ || (member_ != nullptr && epoch == member_->epoch()));
}

std::string Nodes::node_of(std::string_view address_of_record) const {
  const auto place = places_.find(address_of_record);
  if (place == places_.end()) return {};
  const auto name = names_.find(place->second);
  return name == names_.end() ? std::string() : name->second;
}

void Nodes::take(Change change) {
  if (told_ == nullptr) return;
  take_names(change);
  warn_of(change.unreadable);
  take_keys(change);
  end_those_of_the_dead();
  if (change.groups) told_->groups(std::move(*change.groups));
  take_places(change);
  // Of an older life nothing is asked any more, and whose phones are whose is known as this life found it.
  if (change.found.epoch != 0 && change.found.epoch != epoch_) claim_all(change.found.epoch);
  const auto anew = member_->found(change.found);
  for (const auto& address_of_record : anew) {
    left_.erase(address_of_record);
    for (const auto& contact : registration::contacts_of(registered_, address_of_record)) {
      // Whatever it was told by this node before, another one may have told it something since.
      told_->commands.let_go(contact);
      told_->commands.registered(contact);
    }
  }
  if (!anew.empty()) told_->registrar.owned(anew);
  read(change.letters);
}

std::vector<Nodes::Other> Nodes::others() const {
  std::unordered_map<nodes::Epoch, std::size_t> phones;
  for (const auto& [address_of_record, epoch] : places_) ++phones[epoch];
  std::vector<Other> all;
  for (const auto& [epoch, name] : names_) {
    all.push_back({name, phones[epoch]});
  }
  std::ranges::sort(all, {}, &Other::name);
  return all;
}

std::vector<std::string> Nodes::phones() const {
  std::vector<std::string> phones;
  for (const auto& [address_of_record, epoch] : places_) {
    if (names_.contains(epoch)) phones.push_back(address_of_record);
  }
  return phones;
}

std::optional<std::string> Nodes::phone_elsewhere(const registration::Directory::Query& query) const {
  if (registration::means_any(query.user)) return std::nullopt;
  if (!registration::means_any(query.domain)) {
    auto spelled_out = query.user + "@" + query.domain;
    return node_of(spelled_out).empty() ? std::nullopt : std::optional(std::move(spelled_out));
  }
  std::optional<std::string> found;
  const auto user = query.user + "@";
  for (const auto& [address_of_record, epoch] : places_) {
    if (!address_of_record.starts_with(user) || !names_.contains(epoch)) continue;
    if (found) return std::nullopt;
    found = address_of_record;
  }
  return found;
}

template <typename Make>
void Nodes::ask(const std::string& address_of_record, std::chrono::milliseconds limit, Done done, Make make) {
  const auto refuse = [&](std::string why) {
    executor_.post([done = std::move(done), why = std::move(why)] { done(tl::unexpected(why)); });
  };
  const auto place = places_.find(address_of_record);
  auto name = node_of(address_of_record);
  if (member_ == nullptr) return refuse("stopping");
  if (place != places_.end() && is_own(place->second)) return refuse(options_.name + " has it now");
  if (name.empty()) return refuse("no node has it now");
  if (asked_.size() >= most_asked) return refuse("too many other questions wait for other nodes");
  const auto id = ++last_id_;
  if (!member_->send({place->second, write_node_letter(make(id))})) return refuse("it cannot be asked of " + name);
  const auto timer = clock_.after(limit, lifetime_.guard([this, id, limit] {
    const auto found = asked_.find(id);
    if (found == asked_.end()) return;
    end(id, tl::unexpected(fmt::format("{} did not say within {:g} s", found->second.name,
                                       std::chrono::duration<double>(limit).count())));
  }));
  asked_.emplace(id, Asked{place->second, std::move(name), std::move(done), timer});
}

void Nodes::end(std::uint64_t id, tl::expected<std::vector<control::ContactOutcome>, std::string> outcome) {
  auto found = asked_.extract(id);
  if (found.empty()) return;
  clock_.cancel(found.mapped().timer);
  // Whoever asked is told in a turn of its own.
  executor_.post(
      [done = std::move(found.mapped().done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

void Nodes::end_those_of_the_dead() {
  std::vector<std::uint64_t> over;
  for (const auto& [id, asked] : asked_) {
    if (!names_.contains(asked.other)) over.push_back(id);
  }
  for (const auto id : over) end(id, tl::unexpected(asked_.at(id).name + " has ended"));
}

void Nodes::deliver(const std::string& address_of_record, const std::vector<control::WantedKeys::Revision>& revisions,
                    Done done) {
  ask(address_of_record, options_.answer_limit, std::move(done), [&](std::uint64_t id) {
    return AskDelivery{id, address_of_record, revisions};
  });
}

void Nodes::run(const std::string& address_of_record, const std::string& line, const control::Credentials& credentials,
                std::chrono::milliseconds limit, Done done) {
  ask(address_of_record, limit + options_.answer_limit, std::move(done), [&](std::uint64_t id) {
    return AskCommand{id, address_of_record, line, credentials};
  });
}

void Nodes::tell(const std::string& address_of_record, const std::string& text) {
  const auto place = places_.find(address_of_record);
  if (place == places_.end() || member_ == nullptr) return;
  // Nobody waits for it.
  static_cast<void>(member_->send({place->second, write_node_letter(NodeText{address_of_record, text})}));
}

void Nodes::read(const std::vector<store::NodeMember::Letter>& letters) {
  for (const auto& letter : letters) {
    if (told_ == nullptr) return;
    auto read = read_node_letter(letter.text);
    if (!read) {
      options_.warned("a letter of another node that is of another version, or broken, is passed over");
      continue;
    }
    std::visit([&](auto& one) { take_letter(letter.other, std::move(one)); }, *read);
  }
}

/// Its revisions are known: they were told before.
void Nodes::take_letter(nodes::Epoch from, const AskDelivery& ask) {
  told_->commands.deliver_here(
      ask.address_of_record, ask.revisions,
      lifetime_.guard([this, from, id = ask.id](std::vector<control::ContactOutcome> outcomes) {
        answer(from, {id, std::move(outcomes), {}});
      }));
}

void Nodes::take_letter(nodes::Epoch from, const AskCommand& ask) {
  control::CommandContext context;
  if (!ask.credentials.username.empty()) context.credentials.emplace(ask.address_of_record, ask.credentials);
  told_->commands.run_here(
      ask.line, std::move(context),
      lifetime_.guard(
          [this, from, id = ask.id](tl::expected<std::vector<control::ContactOutcome>, std::string> outcome) {
            if (outcome) return answer(from, {id, std::move(*outcome), {}});
            answer(from, {id, {}, outcome.error()});
          }));
}

void Nodes::take_letter(nodes::Epoch from, NodeAnswer answer) {
  const auto asked = asked_.find(answer.id);
  if (asked == asked_.end() || asked->second.other != from) return;
  if (!answer.error.empty()) return end(answer.id, tl::unexpected(std::move(answer.error)));
  end(answer.id, std::move(answer.contacts));
}

void Nodes::take_letter(nodes::Epoch /*from*/, const NodeText& told) {
  told_->commands.tell_here(told.address_of_record, told.text);
}

void Nodes::answer(nodes::Epoch to, const NodeAnswer& answer) {
  // Who asked has a limit.
  if (member_ != nullptr) static_cast<void>(member_->send({to, write_node_letter(answer)}));
}

void Nodes::take_keys(Change& change) {
  if (change.is_all) {
    told_->commands.learn_all(std::move(change.keys), change.number);
    return;
  }
  for (auto& news : change.keys) told_->commands.learn(std::move(news));
}

/// No two programs of one name have a store at once: another life of its own name is one that it lost.
void Nodes::take_names(Change& change) {
  names_.clear();
  for (auto& name : change.names) {
    if (name.node != options_.name) names_.insert_or_assign(name.epoch, std::move(name.node));
  }
}

void Nodes::warn_of(const std::vector<std::string>& unreadable) {
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < unreadable.size() && i < most; ++i) {
    options_.warned("the store holds what this version does not know, and it is passed over: " + unreadable[i]);
  }
  if (unreadable.size() > most) {
    options_.warned(fmt::format("{} other keys of the store are passed over likewise", unreadable.size() - most));
  }
}

void Nodes::take_places(const Change& change) {
  if (change.is_all) places_.clear();
  std::vector<std::string> gone;
  for (const auto& place : change.places) {
    places_.insert_or_assign(place.address_of_record, place.epoch);
    // Of a life that is over it is nobody's, and where it registers is where it will be.
    if (names_.contains(place.epoch) && !holds(place.address_of_record)) gone.push_back(place.address_of_record);
  }
  if (gone.empty()) return;
  told_->registrar.let_go(gone);
  for (auto& address_of_record : gone) {
    if (!registration::contacts_of(registered_, address_of_record).empty()) left_.insert(std::move(address_of_record));
  }
}

void Nodes::claim_all(nodes::Epoch epoch) {
  epoch_ = epoch;
  told_->registrar.began(epoch_);
  options_.informed(fmt::format("{} is a node of this store (life {})", options_.name, epoch_));
  for (const auto& registration : registered_.all()) {
    auto address_of_record = registration->address_of_record();
    if (!left_.contains(address_of_record)) member_->claim(std::move(address_of_record));
  }
}

}  // namespace snom::cluster
