// Nodes with a real PostgreSQL: in this process, and as processes that are killed and stopped.

#include "store/node_member.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <iostream>
#include <map>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"
#include "store/temporary_folder.h"
#include "wait_until.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using snom::testing::wait_until;
using Clock = std::chrono::steady_clock;

const std::string alice = "1000@example.com";

/// A member that takes at once what it is told.
class Node {
 public:
  Node(const std::string& url, const std::string& name, std::chrono::milliseconds look_every = 1s) {
    NodeMember::Options options{.url = url, .name = name};
    options.look_every = look_every;
    options.lease = {.time_to_live = 1500ms, .margin = 75ms, .grace = 300ms};
    options.renew_every = 300ms;
    const auto tell_away = [this](const std::string& why) {
      const std::lock_guard lock(mutex_);
      away_.push_back(why);
    };
    const auto tell = [this](const NodeMember::Change& change) {
      std::unique_lock lock(mutex_);
      made_.wait(lock, [this] { return is_made_; });
      keys_ += change.keys.size();
      for (const auto& key : change.keys) newest_ = key.wanted ? key.wanted->revision : 0;
      for (const auto& letter : change.letters) letters_.push_back(letter.text);
      member_->found(change.found);
    };
    member_ = std::make_unique<NodeMember>(options, tell, tell_away);
    const std::lock_guard lock(mutex_);
    is_made_ = true;
    made_.notify_all();
  }
  NodeMember& operator*() { return *member_; }
  NodeMember* operator->() { return member_.get(); }
  [[nodiscard]] std::uint64_t newest() {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  [[nodiscard]] std::size_t keys() {
    const std::lock_guard lock(mutex_);
    return keys_;
  }
  /// What was told of the server: why it is away, and "" when it is back.
  [[nodiscard]] std::vector<std::string> away() {
    const std::lock_guard lock(mutex_);
    return away_;
  }
  [[nodiscard]] std::vector<std::string> letters() {
    const std::lock_guard lock(mutex_);
    return letters_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> letters_;
  std::vector<std::string> away_;
  std::size_t keys_ = 0;
  std::condition_variable made_;
  bool is_made_ = false;
  std::uint64_t newest_ = 0;
  std::unique_ptr<NodeMember> member_;  ///< last: its thread uses the others
};

class NodeMembers : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::make();
    if (!server_) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    auto opened = PostgresButtonStore::open(url_, control_, {});
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }
  /// Whether it was acknowledged.
  bool set(const std::string& phone, std::uint64_t revision) {
    std::optional<control::ButtonStore::Result> answer;
    store_->save({{testing::wanted(phone, "1", "K", revision)}, {}},
                 [&](control::ButtonStore::Result result) { answer = std::move(result); });
    return control_.run_until([&] { return answer.has_value(); }) && answer->has_value();
  }

  std::unique_ptr<PostgresConnection> connected() {
    auto made = PostgresConnection::connect(url_, Clock::now() + 20s);
    EXPECT_TRUE(made) << made.error().text;
    return made ? std::move(*made) : nullptr;
  }
  static std::int64_t count(PostgresConnection& connection, const std::string& sql) {
    std::int64_t counted = -1;
    const auto done = connection.run(sql, 20s, [&counted](const PostgresConnection::Row& row) {
      counted = row.integer(0);
      return SqlResult<void>{};
    });
    EXPECT_TRUE(done) << done.error().text;
    return counted;
  }

  std::unique_ptr<testing::PostgresServer> server_;
  std::string url_;
  testing::ControlQueue control_;
  std::unique_ptr<PostgresButtonStore> store_;
};

TEST_F(NodeMembers, OwnWhatRegistersAndHearOfKeys) {
  Node one(url_, "one");
  one->claim(alice);
  ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  std::chrono::microseconds slowest{};
  for (std::uint64_t revision = 1; revision <= 20; ++revision) {
    ASSERT_TRUE(set(alice, revision));
    const auto acknowledged = Clock::now();
    ASSERT_TRUE(wait_until([&] { return one.newest() == revision; }));
    slowest = std::max(slowest, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - acknowledged));
  }
  std::cout << "a key is known elsewhere at most " << slowest.count() << " us after it was acknowledged\n";
}

TEST_F(NodeMembers, BringLettersOnceInTheirOrder) {
  // What is not told would not be found in time.
  Node one(url_, "one", 1h);
  Node two(url_, "two", 1h);
  ASSERT_TRUE(wait_until([&] { return one->epoch() != 0 && two->epoch() != 0; }));
  const auto to = two->epoch();
  std::vector<std::string> sent;
  const auto send = [&](std::string text) {
    EXPECT_TRUE(one->send({to, text}));
    sent.push_back(std::move(text));
  };
  const auto begun = Clock::now();
  send("hello");
  ASSERT_TRUE(wait_until([&] { return two.letters() == sent; }));
  std::cout << "a letter comes after "
            << std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count() << " us\n";
  for (int i = 0; i < 5000; ++i) send(std::to_string(i));
  ASSERT_TRUE(wait_until([&] { return two.letters() == sent; }));
  EXPECT_TRUE(one.letters().empty());
  EXPECT_FALSE(one->send({to, std::string(1024UL * 1024, 'x')}));
}

TEST_F(NodeMembers, HearOfKeysAndLettersWhileMuchGoesOnAndWhenItIsQuietAgain) {
  Node one(url_, "one", 1h);
  Node two(url_, "two", 1h);
  ASSERT_TRUE(wait_until([&] { return one->epoch() != 0 && two->epoch() != 0; }));
  std::uint64_t revision = 0;
  std::vector<std::string> sent;
  for (int round = 0; round < 3; ++round) {
    for (const auto until = Clock::now() + 1s; Clock::now() < until;) {
      ASSERT_TRUE(set(alice, ++revision));
      for (int i = 0; i < 10; ++i) {
        sent.push_back(std::to_string(sent.size()));
        ASSERT_TRUE(one->send({two->epoch(), sent.back()}));
      }
    }
    ASSERT_TRUE(wait_until([&] { return one.newest() == revision && two.newest() == revision; }));
    ASSERT_TRUE(wait_until([&] { return two.letters() == sent; }));
    // Longer than they go on to look by themselves.
    std::this_thread::sleep_for(1s);
    ASSERT_TRUE(set(alice, ++revision));
    ASSERT_TRUE(wait_until([&] { return one.newest() == revision && two.newest() == revision; }));
    sent.emplace_back("quiet");
    ASSERT_TRUE(one->send({two->epoch(), sent.back()}));
    ASSERT_TRUE(wait_until([&] { return two.letters() == sent; }));
  }
}

TEST_F(NodeMembers, ReadAllKeysAnewWhenSomeThatTheyHaveNotHeardOfAreForgotten) {
  ASSERT_TRUE(set(alice, 1));
  NodeMember::Options options;
  options.url = url_;
  options.name = "one";
  options.look_every = 60ms;
  std::mutex mutex;
  std::vector<std::size_t> told;  // how many keys there are
  const NodeMember one(options, [&](const NodeMember::Change& change) {
    const std::lock_guard lock(mutex);
    if (change.is_all) told.push_back(change.keys.size());
  });
  const auto are = [&](const std::vector<std::size_t>& counts) {
    const std::lock_guard lock(mutex);
    return told == counts;
  };
  ASSERT_TRUE(wait_until([&] { return are({1}); }));
  ASSERT_TRUE(set(alice, 2));
  // As if the key had been forgotten, and then that it was, while this one could not look.
  const auto done = connected()->run(
      "BEGIN; ALTER TABLE wanted_button DISABLE TRIGGER USER; DELETE FROM wanted_button;"
      " DELETE FROM key_change; UPDATE node_state SET trimmed = next_in_order();"
      " ALTER TABLE wanted_button ENABLE TRIGGER USER; COMMIT",
      20s);
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_TRUE(wait_until([&] { return are({1, 0}); }));
  ASSERT_TRUE(set(alice, 3));
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(are({1, 0})) << "once";
}

TEST_F(NodeMembers, HearOfKeysThoughGroupsCannotBeRead) {
  Node one(url_, "one");
  ASSERT_TRUE(wait_until([&] { return one->lease_holds(); }));
  ASSERT_TRUE(set(alice, 1));
  const auto elsewhere = connected();
  ASSERT_TRUE(elsewhere->run("BEGIN; LOCK TABLE phone_group IN ACCESS EXCLUSIVE MODE", 20s));
  ASSERT_TRUE(connected()->run("UPDATE node_state SET groups = next_in_order()", 20s));
  ASSERT_TRUE(connected()->run("UPDATE wanted_button SET revision = 1000000000", 20s));
  EXPECT_TRUE(wait_until([&] { return one.newest() == 1000000000; }));
  ASSERT_TRUE(elsewhere->run("COMMIT", 20s));
}

TEST_F(NodeMembers, ThatHearNothingOfKeysLoseTheirPhonesAndSayWhy) {
  Node one(url_, "one");
  Node two(url_, "two");
  one->claim(alice);
  ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  EXPECT_EQ(one.away(), std::vector<std::string>{});
  const auto elsewhere = connected();
  // Lives can be renewed, and nobody can look.
  ASSERT_TRUE(elsewhere->run("BEGIN; LOCK TABLE key_change IN ACCESS EXCLUSIVE MODE", 20s));
  EXPECT_TRUE(wait_until([&] { return !one->lease_holds(); }));
  ASSERT_TRUE(wait_until([&] { return one.away().size() == 1; }));
  EXPECT_NE(one.away()[0], "");
  ASSERT_TRUE(elsewhere->run("COMMIT", 20s));
  EXPECT_TRUE(wait_until([&] { return one->owns(alice) || two->owns(alice); }));
  EXPECT_TRUE(wait_until([&] { return one.away().size() == 2 && one.away()[1].empty(); }));
}

TEST_F(NodeMembers, EndTheirLifeThoughAStatementIsUnderWay) {
  const auto elsewhere = connected();
  {
    Node one(url_, "one");
    ASSERT_TRUE(wait_until([&] { return one->lease_holds(); }));
    ASSERT_TRUE(elsewhere->run("BEGIN; LOCK TABLE node_phone IN ACCESS EXCLUSIVE MODE", 20s));
    ASSERT_TRUE(wait_until([&] {
      return count(*elsewhere,
                   "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'node_phone'::regclass") == 1;
    }));
  }
  EXPECT_EQ(count(*elsewhere, "SELECT count(*) FROM node_life"), 0);
}

TEST_F(NodeMembers, AreToldManyChangesByLooksOfSomeEach) {
  Node one(url_, "one");
  ASSERT_TRUE(wait_until([&] { return one->lease_holds(); }));
  ASSERT_TRUE(set(alice, 1));
  const auto before = one.keys();
  const auto added = connected()->run(
      "INSERT INTO wanted_button (address_of_record, key, light, colour, label, number, action, caller,"
      " reference, cleared, revision, set_at, set_by) SELECT g || '@example.net', '1', light, colour,"
      " label, number, action, caller, g::text, cleared, revision, set_at, set_by"
      " FROM (SELECT * FROM wanted_button LIMIT 1) w, generate_series(1, 12000) g",
      60s);
  ASSERT_TRUE(added) << added.error().text;
  EXPECT_TRUE(wait_until([&] { return one.keys() >= before + 12000; })) << one.keys();
}

TEST_F(NodeMembers, LetTheirLifeRunOutWhileSomethingIsUnderWay) {
  for (const bool is_under_way : {false, true}) {
    auto one = std::make_unique<Node>(url_, "one");
    Node two(url_, "two", 60ms);
    (*one)->claim(alice);
    ASSERT_TRUE(wait_until([&] { return (*one)->owns(alice) && two->epoch() != 0; }));
    if (is_under_way) {
      ASSERT_TRUE((*one)->begin(alice));
    }
    const auto ended = Clock::now();
    one.reset();
    ASSERT_TRUE(wait_until([&] { return two->owns(alice); }));
    // 1.8 s since the beat was seen, which is written every 0.3 s.
    const auto after = Clock::now() - ended;
    EXPECT_EQ(after > 1400ms, is_under_way) << std::chrono::duration_cast<std::chrono::milliseconds>(after).count();
  }
}

TEST_F(NodeMembers, HandAPhoneOverWhenNothingIsUnderWay) {
  Node one(url_, "one");
  Node two(url_, "two");
  one->claim(alice);
  ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  const auto ticket = one->begin(alice);
  ASSERT_TRUE(ticket);
  two->claim(alice);
  ASSERT_TRUE(wait_until([&] {
    const auto more = one->begin(alice);
    if (more) one->end(*more);
    return !more;
  })) << "nothing new is begun";
  EXPECT_TRUE(one->may_repeat(*ticket));
  EXPECT_FALSE(two->owns(alice));
  one->end(*ticket);
  ASSERT_TRUE(wait_until([&] { return two->owns(alice); }));
  EXPECT_FALSE(one->owns(alice));
}

TEST_F(NodeMembers, ThatDrainGiveTheirPhonesAwayAtOnce) {
  Node one(url_, "one");
  Node two(url_, "two");
  for (int phone = 0; phone < 30; ++phone) one->claim(std::to_string(phone) + "@example.com");
  ASSERT_TRUE(wait_until([&] { return one->held() == 30; }));
  const auto began = Clock::now();
  one->drain();
  ASSERT_TRUE(wait_until([&] { return two->held() == 30; }));
  EXPECT_EQ(one->held(), 0U);
  std::cout << "30 phones were given away in "
            << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count() << " ms\n";
  one->claim(alice);
  two->claim(alice);
  ASSERT_TRUE(wait_until([&] { return two->owns(alice); })) << "one that drains takes nothing";
}

TEST_F(NodeMembers, OwnNothingWhenTheServerWasSilentForALease) {
  Node one(url_, "one");
  one->claim(alice);
  ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  server_->pause_sessions();
  ASSERT_TRUE(wait_until([&] { return !one->owns(alice); }));
  ASSERT_TRUE(wait_until([&] { return !one.away().empty(); }));
  EXPECT_EQ(one.away()[0].find("sesame"), std::string::npos);
  server_->continue_sessions();
  ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  ASSERT_TRUE(wait_until([&] { return one.away().back().empty(); }));
}

/// snom_node_hammer as a process.
class Process {
 public:
  Process(const std::string& url, const std::string& name, const std::string& place) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    input_ = ends[1];
    process_ = fork();
    if (process_ == 0) {
      dup2(ends[0], STDIN_FILENO);
      execl(SNOM_NODE_HAMMER, SNOM_NODE_HAMMER, url.c_str(), name.c_str(), place.c_str(), nullptr);
      _exit(127);
    }
    close(ends[0]);
  }
  ~Process() {
    signal(SIGKILL);
    waitpid(process_, nullptr, 0);
    close(input_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const { kill(process_, number); }
  void say(const std::string& line) const {
    const auto text = line + '\n';
    [[maybe_unused]] const auto written = write(input_, text.data(), text.size());
  }

 private:
  int input_ = -1;
  pid_t process_ = -1;
};

TEST_F(NodeMembers, TakePhonesOverOfOneThatEndedOrWasKilled) {
  Node two(url_, "two");
  {
    Node one(url_, "one");
    one->claim(alice);
    ASSERT_TRUE(wait_until([&] { return one->owns(alice); }));
  }
  const auto ended = Clock::now();
  ASSERT_TRUE(wait_until([&] { return two->owns(alice); }));
  const auto after_end = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - ended);

  const testing::TemporaryFolder folder;
  Process three(url_, "three", folder.path() + "/nobody");
  three.say("claim " + alice);
  ASSERT_TRUE(wait_until([&] { return !two->owns(alice); }));
  three.signal(SIGKILL);
  const auto killed = Clock::now();
  ASSERT_TRUE(wait_until([&] { return two->owns(alice); }));
  const auto after_kill = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - killed);
  std::cout << "taken over " << after_end.count() << " ms after the end, " << after_kill.count()
            << " ms after kill -9 (lease 1.5 s, grace 0.3 s)\n";
}

/// Phones as the simulation has them: what they are sent is looked at in the order in which it arrives.
class Phones {
 public:
  explicit Phones(const std::string& place) {
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strncpy(at.sun_path, place.c_str(), sizeof at.sun_path - 1);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error("no socket");
    reader_ = std::thread([this] { read_all(); });
  }
  ~Phones() {
    shutdown(socket_, SHUT_RDWR);
    reader_.join();
    close(socket_);
  }
  Phones(const Phones&) = delete;
  Phones& operator=(const Phones&) = delete;

  /// What was wrong first; empty: nothing.
  std::string wrong() {
    const std::lock_guard lock(mutex_);
    return wrong_;
  }
  std::uint64_t shown(const std::string& phone) {
    const std::lock_guard lock(mutex_);
    return shown_[phone].revision;
  }
  std::uint64_t owners() {
    const std::lock_guard lock(mutex_);
    return owners_;
  }
  std::uint64_t arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  struct Shown {
    std::string node;
    std::uint64_t revision = 0;
    std::uint64_t turn = 0;
  };
  void read_all() {
    std::array<char, 512> bytes{};
    for (ssize_t size = 0; (size = recv(socket_, bytes.data(), bytes.size(), 0)) > 0;) {
      arrive(std::string(bytes.data(), static_cast<std::size_t>(size)));
    }
  }
  void arrive(const std::string& text) {
    std::istringstream words(text);
    std::string phone;
    Shown now;
    words >> now.node >> phone >> now.revision >> now.turn;
    const std::lock_guard lock(mutex_);
    ++arrived_;
    Shown& before = shown_[phone];
    if (now.turn > before.turn) ++owners_;
    const bool is_old = now.revision < before.revision || now.turn < before.turn ||
                        (now.turn == before.turn && now.node != before.node);
    if (is_old && wrong_.empty()) {
      wrong_ =
          text + " after " + before.node + ' ' + std::to_string(before.revision) + ' ' + std::to_string(before.turn);
    }
    before = now;
  }

  int socket_;
  std::mutex mutex_;
  std::map<std::string, Shown> shown_;
  std::string wrong_;
  std::uint64_t owners_ = 0;
  std::uint64_t arrived_ = 0;
  std::thread reader_;
};

TEST_F(NodeMembers, ThatAreKilledAndStoppedNeverSpeakAfterTheirSuccessors) {
  const testing::TemporaryFolder folder;
  const auto place = folder.path() + "/phones";
  Phones phones(place);
  constexpr int nodes = 3;
  std::vector<std::unique_ptr<Process>> processes;
  const auto start = [&](int node) { return std::make_unique<Process>(url_, "n" + std::to_string(node), place); };
  for (int node = 0; node < nodes; ++node) processes.push_back(start(node));
  std::vector<std::string> names;
  for (int phone = 0; phone < 12; ++phone) names.push_back(std::to_string(1000 + phone) + "@example.com");

  std::mt19937 random(20261127);
  const auto any = [&random](int below) { return static_cast<std::size_t>(random() % static_cast<unsigned>(below)); };
  std::map<std::string, std::uint64_t> acknowledged;
  std::uint64_t revision = 0;
  std::map<std::size_t, Clock::time_point> stopped;
  int kills = 0;
  int stops = 0;
  bool server_killed = false;
  const auto began = Clock::now();
  auto next_fault = began + 2s;
  const auto had_enough = [&] { return Clock::now() > began + 20s && kills > 2 && stops > 2 && server_killed; };
  while (!had_enough() && Clock::now() < began + 120s && phones.wrong().empty()) {
    const auto& phone = names[any(static_cast<int>(names.size()))];
    if (any(4) == 0) processes[any(nodes)]->say("claim " + phone);
    if (set(phone, ++revision)) acknowledged[phone] = revision;
    for (auto each = stopped.begin(); each != stopped.end();) {
      if (Clock::now() < each->second) {
        ++each;
        continue;
      }
      processes[each->first]->signal(SIGCONT);
      each = stopped.erase(each);
    }
    if (Clock::now() >= next_fault) {
      next_fault = Clock::now() + 1200ms;
      const auto node = any(nodes);
      if (!server_killed && Clock::now() > began + 10s) {
        server_killed = true;
        server_->kill_it();
        server_->start();
      } else if (stopped.contains(node)) {
        // It sleeps.
      } else if (any(2) == 0) {
        ++kills;
        processes[node].reset();
        processes[node] = start(static_cast<int>(node));
      } else {
        ++stops;
        processes[node]->say("stop");
        stopped[node] = Clock::now() + 3s;
      }
    }
    std::this_thread::sleep_for(15ms);
  }
  for (const auto& [node, until] : stopped) processes[node]->signal(SIGCONT);
  for (const auto& name : names) {
    processes[any(nodes)]->say("claim " + name);
    ASSERT_TRUE(wait_until([&] { return set(name, ++revision); }));
    acknowledged[name] = revision;
  }
  EXPECT_TRUE(wait_until([&] {
    return std::all_of(names.begin(), names.end(),
                       [&](const auto& name) { return phones.shown(name) == acknowledged[name]; });
  })) << "each phone shows its newest key";
  EXPECT_EQ(phones.wrong(), "");
  std::cout << kills << " nodes killed, " << stops << " stopped for 3 s, the server killed once; " << revision
            << " keys set, " << phones.arrived() << " messages, " << phones.owners() << " changes of owners\n";
  EXPECT_TRUE(had_enough());
  EXPECT_GT(phones.owners(), 2 * names.size());
}

}  // namespace
}  // namespace snom::store
