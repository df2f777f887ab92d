// A connection to PostgreSQL that breaks between what the server did and its answer: what was judged by how it was is
// then what has overtaken itself.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using control::ButtonStore;
using testing::wanted;

const std::string alice = "1000@example.com";

/// A file that is closed when it goes.
class File final {
 public:
  explicit File(int number) : number_(number) {}
  ~File() { ::close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

sockaddr_un socket_in(const std::string& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = folder + "/.s.PGSQL.5432";
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("a long path");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

/// Between clients and the server whose Unix socket is in a folder; the other one is in a folder of its own.
class Wire final {
 public:
  enum class Cut { never, before_the_server_is_asked, before_the_answer };

  explicit Wire(std::string server) : server_(std::move(server)), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    const auto address = socket_in(folder());
    if (::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.number(), 8) != 0) {
      throw std::runtime_error("no socket");
    }
    thread_ = std::thread([this] { run(); });
  }
  ~Wire() {
    stop_ = true;
    thread_.join();
    for (auto& each : pumps_) each.join();
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] std::string folder() const { return folder_.path(); }
  /// What is said there next, but for `first`, ends the connection; `then` is done before the client hears of that.
  void cut(Cut where, int first, std::function<void()> then = {}) {
    const std::lock_guard lock(mutex_);
    cut_ = where;
    first_ = first;
    then_ = std::move(then);
  }
  /// What `then` did is seen by who sees its cut.
  [[nodiscard]] int cuts() const { return cuts_; }

 private:
  void run() {
    while (!stop_) {
      pollfd waiting{listener_.number(), POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int client = ::accept(listener_.number(), nullptr, nullptr);
      if (client >= 0) pumps_.emplace_back([this, client] { pump(client); });
    }
  }
  void pump(int accepted) {
    const File client(accepted);
    const File server(::socket(AF_UNIX, SOCK_STREAM, 0));
    const auto address = socket_in(server_);
    if (::connect(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    while (!stop_) {
      std::array<pollfd, 2> ready{{{client.number(), POLLIN, 0}, {server.number(), POLLIN, 0}}};
      if (::poll(ready.data(), ready.size(), 20) <= 0) continue;
      if (ready[0].revents != 0 && !carry(client, server, Cut::before_the_server_is_asked)) return;
      if (ready[1].revents != 0 && !carry(server, client, Cut::before_the_answer)) return;
    }
  }
  bool carry(const File& from, const File& to, Cut here) {
    std::array<char, 65536> bytes{};
    const auto count = ::read(from.number(), bytes.data(), bytes.size());
    if (count <= 0 || is_cut(here)) return false;
    for (ssize_t sent = 0; sent < count;) {
      const auto more = ::send(to.number(), bytes.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
      if (more <= 0) return false;
      sent += more;
    }
    return true;
  }
  bool is_cut(Cut here) {
    std::function<void()> then;
    {
      const std::lock_guard lock(mutex_);
      if (cut_ != here || first_-- > 0) return false;
      cut_ = Cut::never;
      then = std::exchange(then_, {});
    }
    if (then) then();
    ++cuts_;
    return true;
  }

  testing::TemporaryFolder folder_;
  const std::string server_;
  const File listener_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  Cut cut_ = Cut::never;
  int first_ = 0;
  std::function<void()> then_;
  std::vector<std::thread> pumps_;  ///< thread_'s
  std::thread thread_;
};

/// A node behind such a wire.
class PostgresCutOff : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    const std::string host = "host=";
    const auto begin = url_.find(host) + host.size();
    const auto end = url_.find('&', begin);
    wire_.emplace(url_.substr(begin, end - begin));
    auto through = url_;
    through.replace(begin, end - begin, wire_->folder());
    store_ = PostgresButtonStore::open(through, control_, {.node = "one"}).value();
    ASSERT_EQ(said(set("A", {})), "kept");
    there_ = row();
  }
  ButtonStore::Change set(const std::string& label, std::optional<std::uint64_t> judged_by) {
    ButtonStore::Change change{{wanted(alice, "1", label)}, {}};
    change.revisions = revisions_;
    if (judged_by) {
      change.judged_by = std::make_shared<control::JudgedBy>(control::JudgedBy{alice, {{"1", *judged_by}}});
    }
    return change;
  }
  std::string said(ButtonStore::Change change) {
    std::optional<ButtonStore::Result> answer;
    store_->save(std::move(change), [&](ButtonStore::Result result) { answer = std::move(result); });
    if (!control_.run_until([&] { return answer.has_value(); })) return "no answer";
    if (*answer) return "kept";
    const auto& error = answer->error();
    return error.overtaken_by ? "overtaken by " + error.overtaken_by->at(0).button.label : error.text;
  }
  control::WantedButton row() { return store_->load().value().at(0); }
  void others_set(const std::string& label) {
    auto other = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + 5s).value();
    EXPECT_TRUE(other->run("UPDATE wanted_button SET revision = next_in_order(), label = '" + label + "'", 5s));
  }
  std::string others_see() {
    auto other = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + 5s).value();
    std::string label;
    EXPECT_TRUE(other->run("SELECT label FROM wanted_button", 5s, [&label](const PostgresConnection::Row& row) {
      label = row.text(0);
      return SqlResult<void>{};
    }));
    return label;
  }

  /// What is judged goes to the server in two messages: the parameters, and the statements.
  static constexpr int parameters = 1;

  testing::PostgresServer* server_ = nullptr;
  std::string url_;
  testing::ControlQueue control_;
  std::optional<Wire> wire_;
  const std::shared_ptr<std::vector<std::uint64_t>> revisions_ = std::make_shared<std::vector<std::uint64_t>>();
  std::unique_ptr<PostgresButtonStore> store_;
  control::WantedButton there_;  ///< as it is before a test
};

TEST_F(PostgresCutOff, WhatWasKeptBeforeItsAnswerWasLostIsKeptAndNotOvertaken) {
  std::string seen;
  wire_->cut(Wire::Cut::before_the_answer, parameters, [&] { seen = others_see(); });
  EXPECT_EQ(said(set("B", there_.revision)), "kept");
  EXPECT_EQ(wire_->cuts(), 1);
  EXPECT_EQ(seen, "B") << "it was kept at the first try";
  EXPECT_EQ(row().button.label, "B");
  EXPECT_EQ(*revisions_, std::vector<std::uint64_t>{row().revision}) << "the next one may be judged by it";
  EXPECT_EQ(said(set("C", row().revision)), "kept");
}

TEST_F(PostgresCutOff, WhatTheServerNeverHeardOfIsKeptAtTheSecondTry) {
  int cuts = 0;
  for (const int first : {0, parameters}) {
    std::string seen;
    wire_->cut(Wire::Cut::before_the_server_is_asked, first, [&] { seen = others_see(); });
    const auto label = "B" + std::to_string(first);
    EXPECT_EQ(said(set(label, there_.revision)), "kept");
    EXPECT_EQ(wire_->cuts(), ++cuts);
    EXPECT_EQ(seen, there_.button.label);
    there_ = row();
    EXPECT_EQ(there_.button.label, label);
    EXPECT_EQ(*revisions_, std::vector<std::uint64_t>{there_.revision});
  }
}

TEST_F(PostgresCutOff, WhatOthersSetMeanwhileIsTold) {
  for (const auto where : {Wire::Cut::before_the_server_is_asked, Wire::Cut::before_the_answer}) {
    const auto now = row().revision;
    wire_->cut(where, parameters, [this] { others_set("theirs"); });
    EXPECT_EQ(said(set("B", now)), "overtaken by theirs");
    EXPECT_EQ(row().button.label, "theirs");
  }
  EXPECT_EQ(wire_->cuts(), 2);
}

TEST_F(PostgresCutOff, WhatIsJudgedByNothingIsKeptOverWhatOthersSet) {
  wire_->cut(Wire::Cut::before_the_answer, 0, [this] { others_set("theirs"); });
  EXPECT_EQ(said(set("B", {})), "kept");
  EXPECT_EQ(row().button.label, "B");
}

}  // namespace
}  // namespace snom::store
