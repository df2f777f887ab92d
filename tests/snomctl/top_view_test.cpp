#include <algorithm>
#include <clocale>

#include <gtest/gtest.h>

#include "snomctl/show.h"
#include "snomctl/top_view.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Sample sample(std::chrono::seconds at, double accepted) {
  Sample one;
  one.at = std::chrono::steady_clock::time_point(at);
  one.status = {{"version", "2.0.0"}, {"uptime_s", 11520}, {"registered", 3}, {"watchers", 2}};
  one.phones = {{"states", {{"silent", 1}, {"refused", 0}, {"pending", 2}, {"ok", 40}, {"away", 7}}},
                {"total", 3},
                {"phones", json::array()}};
  for (const auto* state : {"silent", "pending", "pending"}) {
    one.phones["phones"].push_back(
        {{"address_of_record", "1000@example.com"}, {"state", state}, {"model", "D785"}, {"keys", 4}});
  }
  one.counters = {{"snomd_deliveries_total{channel=\"http\",outcome=\"accepted\"}", accepted},
                  {"snomd_restores_waiting", 5}};
  return one;
}

TopView view() {
  TopView shown;
  shown.server = "http://127.0.0.1:8080";
  shown.clock = "12:00:01";
  shown.before = sample(10s, 100);
  shown.now = sample(12s, 350);
  for (int i = 0; i < 50; ++i) shown.events.push_back("12:00:00 event " + std::to_string(i));
  return shown;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

TEST(TopView, SaysHowManyPhonesAreHowAndWhatHappensInASecond) {
  const auto text = draw_all(view());
  EXPECT_EQ(text.substr(0, text.find("\n\n") + 1),
            "12:00:01  snomd at http://127.0.0.1:8080, 2.0.0, up 3 h 12 min\n"
            "phones      50: 1 silent, 0 refused, 2 pending, 40 ok, 7 away\n"
            "deliveries  125.0 accepted, 0.0 refused, 0.0 silent a second\n"
            "others      0.0 presses, 0.0 registrations, 0.0 commands a second\n"
            "waiting     5 restores, 0 changes for the store; 2 watch events\n");
  EXPECT_NE(text.find("1000@example.com  silent   D785"), std::string::npos) << text;
}

TEST(TopView, RatesAreNothingUntilThereAreTwoLooksAndAfterARestart) {
  auto shown = view();
  shown.before.reset();
  EXPECT_NE(draw_all(shown).find("- accepted"), std::string::npos);
  EXPECT_EQ(rate(sample(10s, 100), sample(12s, 3), "snomd_deliveries_total"), 0);
  EXPECT_EQ(rate(sample(10s, 100), sample(10s, 300), "snomd_deliveries_total"), 0);
}

TEST(TopView, FitsIntoAnyScreen) {
  auto shown = view();
  shown.trouble = "cannot reach snomd";
  for (std::size_t columns : {1U, 20U, 80U, 300U}) {
    for (std::size_t rows : {1U, 2U, 5U, 9U, 10U, 11U, 24U, 200U}) {
      const auto lines = draw(shown, columns, rows);
      EXPECT_LE(lines.size(), rows);
      for (const auto& line : lines) EXPECT_LE(display_width(line), columns) << line;
    }
  }
}

TEST(TopView, TheLatestEventsAreAtTheEnd) {
  const auto lines = draw(view(), 80, 24);
  ASSERT_EQ(lines.size(), 24U);
  EXPECT_EQ(lines.back(), "q ends");
  EXPECT_EQ(lines[22], "12:00:00 event 49");
  const auto heading = std::find(lines.begin(), lines.end(), "LATEST EVENTS");
  ASSERT_NE(heading, lines.end());
}

TEST(TopView, PhonesThatHaveNoPlaceAreCounted) {
  auto shown = view();
  shown.now->phones["total"] = 250;
  EXPECT_NE(draw_all(shown).find("and 247 more (snomctl phones"), std::string::npos);
}

TEST(TopView, WhatStrangersSendDoesNotSteerTheTerminal) {
  auto shown = view();
  const std::string steering = "\x1b[2J\xc2\x9b";
  shown.now->phones["phones"][0]["model"] = steering;
  shown.now->status["version"] = steering;
  shown.events.push_back(steering);
  shown.trouble = steering;
  const auto text = text_of(draw(shown, 200, 50)) + draw_all(shown);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\xc2'), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2J"), std::string::npos);
}

TEST(TopView, AnswersThatAreNoneAreShownAsNothing) {
  auto shown = view();
  for (const auto& odd :
       {json(), json(1), json::array({1}), json{{"states", 1}, {"phones", {1, "x"}}, {"total", "x"}}}) {
    shown.now->status = odd;
    shown.now->phones = odd;
    EXPECT_FALSE(draw(shown, 80, 24).empty());
  }
}

TEST(Fitting, CutsBetweenCharactersByTheirWidth) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  EXPECT_EQ(fitting("Tür", 2), "Tü");
  EXPECT_EQ(fitting("漢字", 3), "漢");
  EXPECT_EQ(fitting("abc", 3), "abc");
  EXPECT_EQ(fitting("abc", 0), "");
}

}  // namespace
}  // namespace snom::snomctl
