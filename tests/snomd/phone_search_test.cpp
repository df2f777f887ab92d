#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "snomd/api_fixture.h"
#include "snomd/phone_search.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using testing::Rest;
using Strings = std::vector<std::string>;

/// The phones of an answer, "1000 silent".
Strings states_in(const nlohmann::json& answer) {
  Strings rows;
  for (const auto& one : answer.at("phones")) {
    const auto name = one.at("address_of_record").get<std::string>();
    rows.push_back(name.substr(0, name.find('@')) + " " + one.at("state").get<std::string>());
  }
  return rows;
}

control::Registration with_agent(control::Registration registration, const std::string& user_agent) {
  registration.user_agent = user_agent;
  return registration;
}

/// Phones in each state.
struct House : Rest {
  House() {
    fixture.directory.registrations = {with_agent(phone("1000", "192.0.2.10"), "snomD862/10.1.226.13"),
                                       with_agent(phone("1001", "192.0.2.11"), "snom370/8.7.5.35"), phone("1002"),
                                       phone("1003")};
    fixture.directory.away = {"1004"};
    fixture.run("snom_button 1000@example.com 2 light=on label='Night bell'");
    fixture.run("snom_button 1004@example.com 2 light=on");
    fixture.messages.at_once = control::SipOutcome{404, "No Such Key"};
    fixture.run("snom_button 1001@example.com 2 light=on");
    fixture.messages.at_once = control::SipOutcome{0, "no answer"};
    fixture.run("snom_button 1002@example.com 2 light=on");
    fixture.messages.at_once.reset();
  }
};

TEST(PhoneSearch, WhatIsWrongComesFirst) {
  House house;
  const auto heard = house.say("GET", "/v1/phones?limit=100");
  ASSERT_EQ(heard.status, 200);
  EXPECT_EQ(states_in(heard.body), (Strings{"1002 silent", "1000 ok", "1001 ok", "1003 ok", "1004 away"}))
      << "a refused key was rolled back: nothing is wrong with 1001";
  EXPECT_EQ(heard.body.at("total"), 5);
  EXPECT_EQ(heard.body.at("next"), nullptr);
  EXPECT_EQ(heard.body.at("states"),
            (nlohmann::json{{"silent", 1}, {"refused", 0}, {"pending", 0}, {"ok", 3}, {"away", 1}}));
  const auto& first = heard.body.at("phones")[1];
  EXPECT_EQ(first.at("model"), "D862");
  EXPECT_EQ(first.at("keys"), 1);
  EXPECT_EQ(first.at("confirmed"), 1);
  EXPECT_EQ(first.at("contacts")[0].at("network"), "192.0.2.10:5060");
  EXPECT_EQ(house.say("GET", "/v1/phones/1000@example.com").body, first);
}

TEST(PhoneSearch, PendingAndRefusedAreToldApart) {
  House house;
  const auto state = [&house] { return house.say("GET", "/v1/phones/1003@example.com").body.at("state"); };
  house.fixture.run("snom_button 1003@example.com 2 light=on");
  EXPECT_EQ(state(), "pending");
  house.fixture.messages.answer(house.fixture.messages.sent.size() - 1, 200, "OK");
  EXPECT_EQ(state(), "ok");
}

TEST(PhoneSearch, AWordIsLookedForInAllThatIsKnown) {
  House house;
  const auto found = [&house](const std::string& query) {
    const auto heard = house.say("GET", "/v1/phones?" + query);
    EXPECT_EQ(heard.status, 200) << heard.body.dump();
    return states_in(heard.body);
  };
  EXPECT_EQ(found("search=1001"), Strings{"1001 ok"});
  EXPECT_EQ(found("search=EXAMPLE.com").size(), 5U);
  EXPECT_EQ(found("search=2.0.2.10"), Strings{"1000 ok"});
  EXPECT_EQ(found("search=night%20BELL"), Strings{"1000 ok"});
  EXPECT_EQ(found("search=snom370"), Strings{"1001 ok"});
  EXPECT_EQ(found("search=nobody"), Strings{});
  EXPECT_EQ(found("model=d862,snom370"), (Strings{"1000 ok", "1001 ok"}));
  EXPECT_EQ(found("state=away&state=silent"), (Strings{"1002 silent", "1004 away"}));
  EXPECT_EQ(found("state=away&search=1000"), Strings{});
}

TEST(PhoneSearch, PagesGoOnWherePhonesCameAndWent) {
  House house;
  const auto page = [&house](const std::string& cursor) {
    return house
        .say("GET",
             "/v1/phones?limit=2&search=" + std::string("@example") + (cursor.empty() ? "" : "&cursor=" + cursor))
        .body;
  };
  auto answer = page("");
  EXPECT_EQ(states_in(answer), (Strings{"1002 silent", "1000 ok"}));
  // The last one of the page goes, and one comes that would have stood before it.
  auto& registrations = house.fixture.directory.registrations;
  registrations.erase(registrations.begin());
  registrations.push_back(phone("0999"));
  answer = page(answer.at("next"));
  EXPECT_EQ(states_in(answer), (Strings{"1001 ok", "1003 ok"}));
  EXPECT_EQ(answer.at("total"), 6);
  answer = page(answer.at("next"));
  EXPECT_EQ(states_in(answer), (Strings{"1000 away", "1004 away"}));
  EXPECT_EQ(answer.at("next"), nullptr);
}

TEST(PhoneSearch, KeysHavePagesToo) {
  House house;
  auto heard = house.say("GET", "/v1/buttons?limit=2");
  EXPECT_EQ(states_in(heard.body), (Strings{"1000 ok", "1002 silent"}));
  EXPECT_EQ(heard.body.at("phones")[0].at("buttons")[0].at("label"), "Night bell");
  heard = house.say("GET", "/v1/buttons?limit=2&cursor=" + heard.body.at("next").get<std::string>());
  EXPECT_EQ(states_in(heard.body), Strings{"1004 away"});
}

TEST(PhoneSearch, APhoneWhoseKeysAreClearedHasNone) {
  House house;
  house.fixture.run("snom_clear 1000@example.com all");  // which the phone has not answered
  EXPECT_EQ(house.say("GET", "/v1/buttons").body.at("phones").size(), 2U);
  const auto heard = house.say("GET", "/v1/buttons?limit=10");
  EXPECT_EQ(states_in(heard.body), (Strings{"1002 silent", "1004 away"}));
  EXPECT_EQ(heard.body.at("total"), 2);
}

TEST(PhoneSearch, WhatIsWrongWithAParameterIsSaid) {
  House house;
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"limit=0", "limit"},
                                                                                     {"limit=1001", "limit"},
                                                                                     {"state=broken", "state"},
                                                                                     {"state=", "state"},
                                                                                     {"model=,", "model"},
                                                                                     {"cursor=x", "cursor"},
                                                                                     {"cursor=6f6b", "cursor"},
                                                                                     {"page=2", "page"}}) {
    const auto heard = house.say("GET", "/v1/phones?" + query);
    EXPECT_EQ(heard.status, 400) << query;
    EXPECT_EQ(heard.body.at("field"), field) << query;
  }
}

TEST(PhoneSearch, ManyPhonesAreLookedAtInTurnsAndAllFound) {
  House house;
  for (int user = 2000; user < 2500; ++user)
    house.fixture.directory.registrations.push_back(phone(std::to_string(user)));
  Strings all;
  std::string cursor;
  do {
    const auto answer = house.say("GET", "/v1/phones?limit=99" + (cursor.empty() ? "" : "&cursor=" + cursor)).body;
    for (const auto& row : states_in(answer)) all.push_back(row);
    EXPECT_EQ(answer.at("total"), 505);
    cursor = answer.at("next").is_null() ? "" : answer.at("next").get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(all.size(), 505U);
  EXPECT_EQ(all.back(), "1004 away");
}

TEST(PhoneSearch, AnyIsNobodysName) {
  House house;
  for (const auto* path : {"/v1/phones/*@example.com", "/v1/phones/1000@*", "/v1/phones/@example.com",
                           "/v1/phones/1000", "/v1/phones/*@example.com/buttons"}) {
    EXPECT_EQ(house.say("GET", path).status, 404) << path;
  }
  EXPECT_EQ(house.say("PUT", "/v1/phones/*@example.com/buttons/2", R"({"light":"on"})").status, 404);
}

}  // namespace
}  // namespace snom::snomd
