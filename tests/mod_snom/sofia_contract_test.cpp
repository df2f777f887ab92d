#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "mod_snom/sofia_source.h"
#include "registration/source_contract.h"

namespace snom::freeswitch {
namespace {

using registration::testing::Notes;
using registration::testing::SourceContract;

/// mod_sofia's events and table, played: the table is written a second after the event.
class SofiaRig final : public registration::testing::SourceRig {
 public:
  explicit SofiaRig(Notes& notes)
      : source_({[this](const std::string& arguments) { return answer(arguments); }, [this] { return now_; },
                 [this](SofiaSource::Work work) { posted_.push_back(std::move(work)); },
                 [this](std::chrono::milliseconds delay, SofiaSource::Work work) {
                   later_.emplace(now_ + delay, std::move(work));
                 }},
                notes) {
    source_.start();
    settle();
  }
  registration::Source& source() override { return source_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    registration::Registration phone;
    phone.user = user;
    phone.domain = "example.com";
    phone.profile = "internal";
    phone.network_host = "127.0.0.1";
    phone.network_port = 5060;
    phone.user_agent = "snom370/8.7.5.35";
    phone.call_id = call_id;
    phone.expires = now_ + std::chrono::seconds(600);
    read_contact("<sip:" + user + "@127.0.0.1:5060>", phone);
    phones_.insert_or_assign(user, phone);
    source_.registered(phone, "");
    return phone.contact;
  }
  void goes(const std::string& user) override {
    const auto phone = phones_.extract(user).mapped();
    source_.unregistered(phone);
  }
  void in_turn(const std::function<void()>& work) override {
    run_posted();
    work();
  }
  void settle() override {
    now_ += std::chrono::seconds(1);
    written_ = phones_;
    while (!later_.empty() && later_.begin()->first <= now_) later_.extract(later_.begin()).mapped()();
    run_posted();
  }

 private:
  void run_posted() {
    while (!posted_.empty()) {
      const auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
  }
  std::string answer(const std::string& arguments) {
    if (arguments == "xmlstatus") return "<profile><name>internal</name></profile>";
    std::string rows;
    for (const auto& [user, phone] : written_) {
      if (arguments != "xmlstatus profile internal reg" &&
          arguments != "xmlstatus profile internal user " + user + "@") {
        continue;
      }
      rows += "<registration><call-id>" + phone.call_id + "</call-id><user>" + phone.address_of_record() +
              "</user><contact>&lt;" + phone.contact + "&gt;</contact><agent>" + phone.user_agent +
              "</agent><status>Registered(UDP) expsecs(600)</status><network-ip>" + phone.network_host +
              "</network-ip><network-port>5060</network-port></registration>";
    }
    return rows;
  }

  SofiaSource::Clock::time_point now_{};
  std::map<std::string, registration::Registration> phones_;
  std::map<std::string, registration::Registration> written_;  ///< in the table
  std::deque<SofiaSource::Work> posted_;
  std::multimap<SofiaSource::Clock::time_point, SofiaSource::Work> later_;
  SofiaSource source_;
};

INSTANTIATE_TEST_SUITE_P(Sofia, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<SofiaRig>(notes); }));

}  // namespace
}  // namespace snom::freeswitch
