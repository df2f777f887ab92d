#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "registration/source_contract.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using registration::testing::Notes;
using registration::testing::SourceContract;

/// Tells the notes what the server tells of registrations.
class NotingObserver final : public ServerObserver {
 public:
  explicit NotingObserver(Notes& notes) : notes_(notes) {}
  void registered(const registration::RegistrationPointer& registration) override { notes_.registered(registration); }
  void refreshed(const registration::RegistrationPointer& registration) override { notes_.refreshed(registration); }
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    notes_.unregistered(registration, why);
  }
  void refused(const RefusedRequest&) override {}
  bool pressed(const control::CommandService::Press&) override { return false; }
  void warned(const std::string&) override {}

 private:
  Notes& notes_;
};

/// The registrar, with phones that send text.
class RegistrarRig final : public registration::testing::SourceRig {
 public:
  explicit RegistrarRig(Notes& notes) : observer_(notes) {
    ServerOptions options;
    options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
    auto opened = Server::open(loop_, options, {{"1000", "1234", ""}, {"1001", "1234", ""}}, observer_);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = std::move(*opened);
  }
  registration::Source& source() override { return *server_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    auto& phone = phone_of(user);
    phone.call_id = call_id;
    EXPECT_EQ(phone.register_contact().status(), 200);
    return phone.contact();
  }
  void goes(const std::string& user) override { EXPECT_EQ(phone_of(user).register_contact(0).status(), 200); }
  void in_turn(const std::function<void()>& work) override { loop_.run_and_wait(work); }
  void settle() override {
    loop_.run_and_wait([] {});
  }

 private:
  TextPhone& phone_of(const std::string& user) {
    return phones_.try_emplace(user, server_->listening().front(), user, "1234").first->second;
  }

  NotingObserver observer_;
  EventLoop loop_;
  std::unique_ptr<Server> server_;
  std::map<std::string, TextPhone> phones_;
};

INSTANTIATE_TEST_SUITE_P(Registrar, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<RegistrarRig>(notes); }));

}  // namespace
}  // namespace snom::sip::test
