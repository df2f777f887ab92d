#include "nodes/simulated_world.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "nodes/neighbours.h"
#include "nodes/ownership.h"

namespace snom::nodes::testing {
namespace {

using Ms = std::int64_t;  // of true time, which no node knows
using Revision = std::uint64_t;
using Name = std::string;
using TimePoint = BootClock::time_point;

constexpr LeaseLimits limits{};
constexpr Ms network_limit = 1000;  // nothing travels longer to a phone
constexpr Ms faults_end = 90'000;   // from then on nothing goes wrong
constexpr Ms all_ends = 140'000;
constexpr Ms answer_limit = 4000;  // a node waits so long for a phone
constexpr int phones_in_all = 5;

/// What PostgreSQL keeps; each call is one statement.
struct Database {
  struct Phone {
    Epoch epoch = 0;
    Turn turn = 0;
    Epoch wished_by = 0;
  };
  struct Seen {
    std::vector<Neighbours::Life> lives;
    std::vector<Epoch> orphans;
    std::vector<std::pair<Name, Revision>> keys;
    Ownership::Found found;
    bool knows_me = false;
  };

  std::map<Epoch, std::uint64_t> lives;
  std::map<Name, Phone> phones;
  std::map<Name, Revision> keys;
  std::uint64_t last = 0;  // of all numbers
  Outcome* outcome = nullptr;

  Epoch begin() {
    const Epoch epoch = ++last;
    lives[epoch] = ++last;
    return epoch;
  }
  bool renew(Epoch epoch) {
    const auto found = lives.find(epoch);
    if (found == lives.end()) return false;
    found->second = ++last;
    return true;
  }
  void end(Neighbours::Life life, bool whatever_the_beat) {
    const auto found = lives.find(life.epoch);
    if (found == lives.end() || (found->second != life.beat && !whatever_the_beat)) return;
    lives.erase(found);
    ++outcome->lives;
  }
  [[nodiscard]] Seen look(Epoch epoch, Turn seen, Revision revision) const {
    Seen answer;
    for (const auto& [life, beat] : lives) answer.lives.push_back({life, beat});
    std::set<Epoch> orphans;
    answer.found.epoch = epoch;
    for (const auto& [name, phone] : phones) {
      if (!lives.contains(phone.epoch)) orphans.insert(phone.epoch);
      if (phone.epoch != epoch) continue;
      if (phone.turn > seen) answer.found.mine.push_back({name, phone.turn});
      if (phone.wished_by != 0) answer.found.wished.push_back({name, phone.turn});
    }
    std::sort(answer.found.mine.begin(), answer.found.mine.end(),
              [](const auto& a, const auto& b) { return a.turn < b.turn; });
    answer.orphans.assign(orphans.begin(), orphans.end());
    for (const auto& [name, at] : keys) {
      if (at > revision) answer.keys.emplace_back(name, at);
    }
    answer.knows_me = lives.contains(epoch);
    return answer;
  }
  void take(Epoch epoch, const std::vector<Epoch>& orphans, int most) {
    for (auto& [name, phone] : phones) {
      if (std::find(orphans.begin(), orphans.end(), phone.epoch) == orphans.end()) continue;
      if (most-- == 0) return;
      phone = {epoch, ++last, 0};
      ++outcome->takeovers;
    }
  }
  void claim(const Name& name, Epoch epoch) {
    const auto [found, is_new] = phones.try_emplace(name);
    Phone& phone = found->second;
    if (is_new || phone.epoch == epoch || !lives.contains(phone.epoch)) {
      phone = {epoch, ++last, 0};
    } else {
      phone.wished_by = epoch;
    }
  }
  void release(const Ownership::Phone& given, Epoch epoch) {
    Phone& phone = phones[given.address_of_record];
    if (phone.epoch != epoch || phone.turn != given.turn) return;
    phone = {phone.wished_by, ++last, 0};
    ++outcome->hand_overs;
  }
  void set(const Name& name) { keys[name] = ++last; }
};

/// What a node forgets when it is killed.
struct Process {
  struct Sending {
    Ownership::Ticket ticket;
    Revision revision = 0;
    std::uint64_t message = 0;
    TimePoint first;
    TimePoint last;
    bool given_up = false;
  };
  explicit Process(LeaseLimits watched) : ownership(limits), neighbours(watched) {}

  Ownership ownership;
  Neighbours neighbours;
  std::map<Name, Revision> keys;
  Revision revision = 0;
  std::map<Name, Revision> shown;
  std::map<Name, Sending> sending;
  std::vector<Epoch> orphans;
  TimePoint began_asked{}, renewal_asked{}, look_asked{}, others_asked{};
  TimePoint lease_was_good{};
  bool told = false;  // by a notification
  bool drains = false;
  std::map<Name, Turn> true_turns;  // late_answers_count
};

struct Node {
  double rate = 1;
  Ms offset = 0;
  Ms paused_until = 0;
  Ms cut_until = 0;  // from the database
  std::uint64_t incarnation = 0;
  std::optional<Process> process;
};

class World {
 public:
  World(std::uint64_t seed, Broken broken) : random_(seed), broken_(broken) { database_.outcome = &outcome_; }

  Outcome run() {
    for (int i = 0; i < phones_in_all; ++i) names_.push_back(std::to_string(1000 + i) + "@example.com");
    nodes_.resize(static_cast<std::size_t>(between(2, 4)));
    for (std::size_t i = 0; i < nodes_.size(); ++i) plan(i);
    if (chance(50)) at(between(0, faults_end - 11'000), [this] { away_until_ = now_ + between(500, 10'000); });
    for (const Name& name : names_) {
      database_.set(name);
      plan_phone(name);
    }
    while (!events_.empty() && outcome_.violation.empty() && events_.top().at <= all_ends) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      event.work();
    }
    if (outcome_.violation.empty()) check_the_end();
    return outcome_;
  }

 private:
  struct Event {
    Ms at;
    std::uint64_t order;
    std::function<void()> work;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;  // the first one is the greatest
    }
  };
  struct Message {
    Name phone;
    std::size_t node;
    Epoch epoch;
    Revision revision;
    bool arrived = false;
    Ms travels_until = 0;
  };

  Ms between(Ms least, Ms most) { return std::uniform_int_distribution<Ms>(least, most)(random_); }
  bool chance(Ms percent) { return between(1, 100) <= percent; }
  [[nodiscard]] bool calm() const { return now_ >= faults_end; }
  void at(Ms when, std::function<void()> work) { events_.push({when, ++order_, std::move(work)}); }
  void violated(std::string what) {
    if (outcome_.violation.empty()) outcome_.violation = std::to_string(now_) + " ms: " + std::move(what);
  }
  [[nodiscard]] TimePoint clock(const Node& node) const {
    return TimePoint(std::chrono::milliseconds(node.offset + static_cast<Ms>(static_cast<double>(now_) * node.rate)));
  }

  // What happens to whom, from the beginning on.
  void plan(std::size_t index) {
    Node& node = nodes_[index];
    node.rate = 1 + static_cast<double>(between(-100, 100)) / 10'000;
    node.offset = between(100'000, 10'000'000);
    start(index);
    for (Ms n = between(0, 3); n > 0; --n) {
      at(between(1000, faults_end - 31'000), [this, &node] { node.paused_until = now_ + between(200, 30'000); });
    }
    for (Ms n = between(0, 2); n > 0; --n) {
      at(between(1000, faults_end - 11'000), [this, index] { stop_and_start(index); });
    }
    for (Ms n = between(0, 3); n > 0; --n) {
      at(between(1000, faults_end - 16'000), [this, &node] { node.cut_until = now_ + between(500, 15'000); });
    }
    if (chance(25)) at(between(1000, faults_end - 30'000), [this, index] { drain(index); });
  }
  void plan_phone(const Name& name) {
    const auto registers = [this](const Name& phone) {
      const auto index = static_cast<std::size_t>(between(0, static_cast<Ms>(nodes_.size()) - 1));
      to_node(index, nodes_[index].incarnation, [this, index, phone](Process& process) {
        const Epoch epoch = process.ownership.epoch();
        if (epoch == 0 || process.drains) return;
        ask(index, [phone, epoch](Database& database) { database.claim(phone, epoch); });
      });
    };
    at(between(0, 1000), [registers, name] { registers(name); });
    for (Ms when = between(1000, 8000); when < faults_end; when += between(500, 12'000)) {
      at(when, [registers, name] { registers(name); });
    }
    at(faults_end + 1, [registers, name] { registers(name); });
    for (Ms when = between(100, 2000); when < faults_end + 10'000; when += between(50, 3000)) {
      at(when, [this, name] {
        database_.set(name);
        notify();
      });
    }
  }
  void start(std::size_t index) {
    Node& node = nodes_[index];
    LeaseLimits watched = limits;
    if (broken_ == Broken::impatient_neighbours) watched.time_to_live /= 2;
    node.process.emplace(watched);
    const auto incarnation = ++node.incarnation;
    at(now_ + between(0, 200), [this, index, incarnation] { tick(index, incarnation); });
  }
  void stop_and_start(std::size_t index) {
    nodes_[index].process.reset();
    ++nodes_[index].incarnation;
    at(now_ + between(50, 10'000), [this, index] {
      if (!nodes_[index].process) start(index);
    });
  }
  void drain(std::size_t index) {
    Node& node = nodes_[index];
    if (!node.process) return;
    node.process->drains = true;
    node.process->ownership.drain();
    at(now_ + 15'000, [this, index, incarnation = node.incarnation] {
      if (nodes_[index].incarnation == incarnation) stop_and_start(index);
    });
  }

  // Between nodes and database. A node that is stopped finds all answers when it goes on.
  void to_node(std::size_t index, std::uint64_t incarnation, std::function<void(Process&)> work) {
    Node& node = nodes_[index];
    if (node.incarnation != incarnation || !node.process) return;
    if (now_ < node.paused_until) {
      at(node.paused_until, [this, index, incarnation, work] { to_node(index, incarnation, work); });
      return;
    }
    work(*node.process);
  }
  Ms delay() {
    if (calm()) return between(0, 20);
    return chance(3) ? between(500, 9000) : between(0, 100);
  }
  [[nodiscard]] bool is_lost(const Node& node) {
    return !calm() && (now_ < node.cut_until || now_ < away_until_ || chance(1));
  }
  void ask(std::size_t index, const std::function<void(Database&)>& statement) {
    ask<bool>(
        index,
        [statement](Database& database) {
          statement(database);
          return true;
        },
        [](Process&, bool) {});
  }
  template <typename Answer>
  void ask(std::size_t index, std::function<Answer(Database&)> statement,
           std::function<void(Process&, Answer)> answered) {
    const auto incarnation = nodes_[index].incarnation;
    if (is_lost(nodes_[index])) return;
    at(now_ + delay(), [this, index, incarnation, statement = std::move(statement), answered = std::move(answered)] {
      if (is_lost(nodes_[index])) return;
      Answer answer = statement(database_);
      notify();
      if (is_lost(nodes_[index])) return;
      at(now_ + delay(), [this, index, incarnation, answer = std::move(answer), answered] {
        to_node(index, incarnation, [answer, answered](Process& process) { answered(process, answer); });
      });
    });
  }
  void notify() {
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
      if (chance(60)) continue;
      at(now_ + delay(), [this, index, incarnation = nodes_[index].incarnation] {
        to_node(index, incarnation, [](Process& process) { process.told = true; });
      });
    }
  }

  // What a node does some times a second.
  void tick(std::size_t index, std::uint64_t incarnation) {
    to_node(index, incarnation, [this, index, incarnation](Process& process) {
      const TimePoint now = clock(nodes_[index]);
      keep_lease(index, process, now);
      look(index, process, now);
      end_and_take(index, process, now);
      repeat(index, process, now);
      send(index, process, now);
      give_away(index, process);
      at(now_ + between(50, 200), [this, index, incarnation] { tick(index, incarnation); });
    });
  }
  static bool is_due(TimePoint& asked, TimePoint now, std::chrono::milliseconds each) {
    if (now < asked + each) return false;
    asked = now;
    return true;
  }
  void keep_lease(std::size_t index, Process& process, TimePoint now) {
    const auto counted_from = [this, index](TimePoint asked) {
      return broken_ == Broken::lease_from_the_answer ? clock(nodes_[index]) : asked;
    };
    const Epoch epoch = process.ownership.epoch();
    if (epoch == 0) {
      if (process.drains || !is_due(process.began_asked, now, std::chrono::seconds(2))) return;
      ask<Epoch>(
          index, [](Database& database) { return database.begin(); },
          [counted_from, now](Process& own, Epoch given) {
            own.ownership.began(given, counted_from(now));
            if (own.ownership.epoch() != given) return;
            own.lease_was_good = now;
            own.sending.clear();
          });
      return;
    }
    if (!is_due(process.renewal_asked, now, std::chrono::seconds(1))) return;
    ask<bool>(
        index, [epoch](Database& database) { return database.renew(epoch); },
        [counted_from, now, epoch](Process& own, bool renewed) {
          if (!renewed) return end_life(own, epoch);
          own.ownership.renewed(epoch, counted_from(now));
          own.lease_was_good = std::max(own.lease_was_good, now);
        });
  }
  static void end_life(Process& process, Epoch epoch) {
    if (process.ownership.epoch() != epoch) return;
    process.ownership.ended(epoch);
    process.sending.clear();
  }
  void look(std::size_t index, Process& process, TimePoint now) {
    const Epoch epoch = process.ownership.epoch();
    if (epoch == 0) return;
    if (!is_due(process.look_asked, now, std::chrono::milliseconds(process.told ? 50 : 1000))) return;
    process.told = false;
    const Turn seen = broken_ == Broken::late_answers_count ? 0 : process.ownership.seen();
    ask<Database::Seen>(
        index,
        [epoch, seen, revision = process.revision](Database& database) { return database.look(epoch, seen, revision); },
        [this, index, epoch](Process& own, const Database::Seen& answer) {
          if (!answer.knows_me) end_life(own, epoch);
          own.neighbours.seen(answer.lives, clock(nodes_[index]));
          own.orphans = answer.orphans;
          take_keys(index, own, answer.keys);
          take_phones(own, answer.found);
        });
  }
  void take_keys(std::size_t index, Process& process, const std::vector<std::pair<Name, Revision>>& keys) {
    if (broken_ == Broken::keys_of_another_moment) {
      at(now_ + 1500, [this, index, incarnation = nodes_[index].incarnation, keys] {
        to_node(index, incarnation, [keys](Process& own) { learn(own, keys); });
      });
      return;
    }
    learn(process, keys);
  }
  static void learn(Process& process, const std::vector<std::pair<Name, Revision>>& keys) {
    for (const auto& [name, revision] : keys) {
      process.keys[name] = std::max(process.keys[name], revision);
      process.revision = std::max(process.revision, revision);
    }
  }
  void take_phones(Process& process, Ownership::Found found) {
    if (broken_ == Broken::late_answers_count) make_all_new(process, found);
    for (const Name& name : process.ownership.found(found)) {
      process.shown.erase(name);  // nobody knows what it shows
      process.sending.erase(name);
    }
  }
  static void make_all_new(Process& process, Ownership::Found& found) {
    Turn next = std::max<Turn>(process.ownership.seen(), 1'000'000);
    std::map<Name, Turn> given;
    for (auto& phone : found.mine) {
      process.true_turns[phone.address_of_record] = phone.turn;
      given[phone.address_of_record] = phone.turn = ++next;
    }
    for (auto& phone : found.wished) phone.turn = given[phone.address_of_record];
  }
  void end_and_take(std::size_t index, Process& process, TimePoint now) {
    const Epoch epoch = process.ownership.epoch();
    if (epoch == 0 || process.drains) return;
    const auto over = process.neighbours.over(now);
    if ((over.empty() && process.orphans.empty()) ||
        !is_due(process.others_asked, now, std::chrono::milliseconds(300))) {
      return;
    }
    const bool whatever = broken_ == Broken::end_whatever_the_beat;
    for (const auto& life : over) {
      ask(index, [life, whatever](Database& database) { database.end(life, whatever); });
    }
    if (process.orphans.empty()) return;
    ask(index, [epoch, orphans = std::exchange(process.orphans, {})](Database& database) {
      database.take(epoch, orphans, 2);
    });
  }
  void give_away(std::size_t index, Process& process) {
    const Epoch epoch = process.ownership.epoch();
    for (auto phone : process.ownership.take_released()) {
      process.sending.erase(phone.address_of_record);
      if (broken_ == Broken::late_answers_count) phone.turn = process.true_turns[phone.address_of_record];
      ask(index, [phone, epoch](Database& database) { database.release(phone, epoch); });
    }
  }

  // Between nodes and phones.
  [[nodiscard]] TimePoint sending_time(const Process& process, TimePoint now) const {
    return broken_ == Broken::no_look_at_the_lease ? process.lease_was_good : now;
  }
  void send(std::size_t index, Process& process, TimePoint now) {
    for (const auto& [name, revision] : process.keys) {
      if (process.shown[name] >= revision || process.sending.contains(name)) continue;
      auto ticket = process.ownership.begin(name, sending_time(process, now));
      if (!ticket) continue;
      if (broken_ == Broken::given_away_while_under_way) process.ownership.end(*ticket);
      messages_.push_back({name, index, process.ownership.epoch(), revision});
      process.sending[name] = {*ticket, revision, messages_.size() - 1, now, now};
      transmit(index, messages_.size() - 1);
    }
  }
  void repeat(std::size_t index, Process& process, TimePoint now) {
    for (auto sending = process.sending.begin(); sending != process.sending.end();) {
      Process::Sending& own = sending->second;
      own.given_up = own.given_up || now >= own.first + std::chrono::milliseconds(answer_limit);
      if (!own.given_up && now >= own.last + std::chrono::milliseconds(500)) {
        if (process.ownership.may_repeat(own.ticket, sending_time(process, now))) {
          own.last = now;
          transmit(index, own.message);
        }
      }
      if (own.given_up && now >= own.last + std::chrono::milliseconds(network_limit + 100)) {
        process.ownership.end(own.ticket);
        sending = process.sending.erase(sending);
      } else {
        ++sending;
      }
    }
  }
  void transmit(std::size_t index, std::uint64_t number) {
    Message& message = messages_[number];
    ++outcome_.sent;
    look_for_others(index, message);
    if (!calm() && chance(8)) return;
    const Ms travels = calm() || chance(85) ? between(0, 60) : between(0, network_limit);
    message.travels_until = std::max(message.travels_until, now_ + travels);
    travelling_[message.phone].push_back(number);
    at(now_ + travels, [this, number] { arrive(number); });
  }
  void look_for_others(std::size_t index, const Message& message) {
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
      const Node& node = nodes_[other];
      if (other == index || !node.process) continue;
      if (node.process->ownership.owns(message.phone, clock(node))) {
        violated("two nodes own " + message.phone);
      }
    }
    auto& travelling = travelling_[message.phone];
    std::erase_if(travelling, [this](std::uint64_t number) {
      return messages_[number].arrived || messages_[number].travels_until <= now_;
    });
    for (const std::uint64_t number : travelling) {
      if (messages_[number].node == message.node) continue;
      violated("a node sends to " + message.phone + " while a message of another node is on its way");
    }
  }
  void arrive(std::uint64_t number) {
    Message& message = messages_[number];
    Revision& shown = shown_[message.phone];
    // The phone's transactions know a repeated request (RFC 3261 section 17.2).
    if (!std::exchange(message.arrived, true)) {
      ++outcome_.arrived;
      if (message.revision < shown) violated(message.phone + " got an old key after a newer one");
      shown = message.revision;
    }
    if (!calm() && chance(8)) return;
    at(now_ + between(0, 60), [this, number] { answer(number); });
  }
  void answer(std::uint64_t number) {
    const Message& message = messages_[number];
    to_node(message.node, nodes_[message.node].incarnation, [this, number](Process& process) {
      const Message& answered = messages_[number];
      const auto sending = process.sending.find(answered.phone);
      if (sending == process.sending.end() || sending->second.message != number) return;
      process.ownership.end(sending->second.ticket);
      process.shown[answered.phone] = answered.revision;
      process.sending.erase(sending);
    });
  }

  void check_the_end() {
    for (const Name& name : names_) {
      if (shown_[name] != database_.keys[name]) violated(name + " does not show its newest key at the end");
      int owners = 0;
      for (const Node& node : nodes_) {
        if (node.process && node.process->ownership.owns(name, clock(node))) ++owners;
      }
      if (owners != 1) violated(name + " has " + std::to_string(owners) + " owners at the end");
    }
  }

  std::mt19937_64 random_;
  const Broken broken_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  Ms now_ = 0;
  Ms away_until_ = 0;
  Database database_;
  std::vector<Node> nodes_;
  std::vector<Name> names_;
  std::vector<Message> messages_;
  std::map<Name, std::vector<std::uint64_t>> travelling_;  // messages, by number
  std::map<Name, Revision> shown_;
  Outcome outcome_;
};

}  // namespace

Outcome run_schedule(std::uint64_t seed, Broken broken) { return World(seed, broken).run(); }

}  // namespace snom::nodes::testing
