#include "snomd/metrics.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "control/fake_ports.h"
#include "snomd/measured.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using namespace std::chrono_literals;

/// The samples of a text, by name and labels; checks its form on the way: each line is a comment or a sample, each
/// sample follows the HELP and TYPE of its metric, and none is there twice.
std::map<std::string, double> samples_of(const std::string& text) {
  const std::regex sample(R"re(([a-z][a-z0-9_]*)(\{([a-z]+="(\\.|[^"\\])*",?)+\})? (\S+))re");
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;
  std::string helped;
  std::istringstream lines(text);
  EXPECT_TRUE(text.ends_with('\n'));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string name;
    std::string more;
    words >> first >> second >> name >> more;
    if (first == "#") {
      EXPECT_FALSE(more.empty()) << line;
      if (second == "HELP") helped = name;
      if (second == "TYPE") {
        EXPECT_EQ(helped, name) << line;
        EXPECT_TRUE(types.emplace(name, more).second) << line;
        EXPECT_EQ(more == "counter", name.ends_with("_total")) << line;
      }
      continue;
    }
    std::smatch match;
    EXPECT_TRUE(std::regex_match(line, match, sample)) << line;
    std::string of = match[1];
    if (types[helped] == "histogram") of = std::regex_replace(of, std::regex("_(bucket|sum|count)$"), "");
    EXPECT_EQ(of, helped) << line;
    EXPECT_TRUE(samples.emplace(match[1].str() + match[2].str(), std::stod(match[5])).second) << line;
  }
  return samples;
}

TEST(MetricsText, IsWhatPrometheusReads) {
  MetricsText text;
  text.family("a_total", "counter", "What \\ is\ncounted.");
  text.sample({}, 3);
  text.sample({{"name", "a \"b\"\\\n"}, {"other", "c"}}, 0.5);
  EXPECT_EQ(text.text(),
            "# HELP a_total What \\\\ is\\ncounted.\n# TYPE a_total counter\na_total 3\n"
            "a_total{name=\"a \\\"b\\\"\\\\\\n\",other=\"c\"} 0.5\n");
  samples_of(text.text());
}

TEST(MetricsText, BucketsHoldThoseBelowThem) {
  Histogram histogram;
  for (const double seconds : {0.001, 0.0011, 0.3, 7.0}) histogram.observe(seconds);
  MetricsText text;
  text.family("a_seconds", "histogram", "How long.");
  text.histogram({{"b", "c"}}, histogram);
  const auto samples = samples_of(text.text());
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="0.001"})"), 1) << "the bound itself is in it";
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="0.0025"})"), 2);
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="0.25"})"), 2);
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="0.5"})"), 3);
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="5"})"), 3);
  EXPECT_EQ(samples.at(R"(a_seconds_bucket{b="c",le="+Inf"})"), 4);
  EXPECT_EQ(samples.at(R"(a_seconds_count{b="c"})"), 4);
  EXPECT_NEAR(samples.at(R"(a_seconds_sum{b="c"})"), 7.3021, 1e-9);
}

registration::Registration of_model(const std::string& user, const std::string& user_agent) {
  auto registration = phone(user);
  registration.user_agent = user_agent;
  return registration;
}

TEST(Metrics, PhonesAreCountedByFamily) {
  Metrics metrics;
  for (const auto& [user, agent] : std::map<std::string, std::string>{
           {"1", "snomD862/10.1.226.13"}, {"2", "snomD865/10.1.226.13"}, {"3", "snom370/8.7"}, {"4", "Linphone"}}) {
    metrics.publish(control::Registered{of_model(user, agent)});
  }
  metrics.publish(control::Registered{of_model("1", "snomD862/10.1.226.13")});  // rebooted
  metrics.publish(control::Unregistered{of_model("3", "snom370/8.7"), "expired"});
  const auto samples = samples_of(metrics.text({}));
  EXPECT_EQ(samples.at(R"(snomd_registered_contacts{family="D8xx"})"), 2);
  EXPECT_EQ(samples.at(R"(snomd_registered_contacts{family="3xx"})"), 0);
  EXPECT_EQ(samples.at(R"(snomd_registered_contacts{family="other"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_registrations_total{family="D8xx"})"), 3);
  EXPECT_EQ(samples.at(R"(snomd_registrations_total{family="3xx"})"), 1);
}

TEST(Metrics, FamiliesAreThoseOfTheTable) {
  EXPECT_EQ(family_of("snom715/10.1"), "7xx");
  EXPECT_EQ(family_of("snomD999/10.1"), "other");
  EXPECT_EQ(family_of("snomD899/10.1"), "D8xx");
  EXPECT_EQ(family_of("snom/evil\"label"), "other");
  EXPECT_EQ(family_of(""), "other");
}

TEST(Metrics, NothingThatSomebodyElseThinksUpIsALabel) {
  Metrics metrics;
  const auto lines = [&metrics] { return samples_of(metrics.text({})).size(); };
  const auto all = [&](const std::string& word) {
    auto registration = phone(word);
    registration.user_agent = word;
    metrics.publish(control::Registered{registration});
    metrics.publish(control::Pressed{word + "@example.com", word, word, false, word, word});
    metrics.publish(control::CommandDone{word + " " + word, "-ERR " + word, {}});
    sip::RefusedRequest refused;
    refused.method = "REGISTER";
    refused.user = word;
    refused.why = "wrong password";
    metrics.refused(refused);
    metrics.answered(word, "", 404);
  };
  all("zzz");
  const auto before = lines();
  for (int i = 0; i < 500; ++i) all("zebra" + std::to_string(i));
  EXPECT_EQ(lines(), before);
  EXPECT_EQ(metrics.text({}).find("zebra"), std::string::npos);
  // Our own reasons are bounded all the same.
  for (int i = 0; i < 500; ++i) {
    sip::RefusedRequest refused;
    refused.method = "REGISTER";
    refused.why = std::to_string(i);
    metrics.refused(refused);
  }
  EXPECT_LE(lines(), before + 64);
}

TEST(Metrics, WhatBecameOfConnectionsOverTlsIsCounted) {
  const Metrics metrics;
  EXPECT_EQ(metrics.text({}).find("snomd_tls"), std::string::npos);
  const auto store = tls::Store::make({});
  ASSERT_TRUE(store);
  (*store)->tallies().sip_in.opened();
  (*store)->tallies().sip_in.opened();
  (*store)->tallies().sip_in.ended();
  (*store)->tallies().sip_out.refused(tls::NoTls::certificate);
  (*store)->tallies().http_in.refused(tls::NoTls::late);
  const auto samples = samples_of(metrics.text({.tls = store->get()}));
  EXPECT_EQ(samples.at(R"(snomd_tls_handshakes_total{protocol="sip",direction="in"})"), 2);
  EXPECT_EQ(samples.at(R"(snomd_tls_connections{protocol="sip",direction="in"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_tls_connections{protocol="http",direction="in"})"), 0);
  EXPECT_EQ(samples.at(R"(snomd_tls_refused_total{protocol="sip",direction="out",reason="certificate"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_tls_refused_total{protocol="http",direction="in",reason="late"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_tls_refused_total{protocol="http",direction="in",reason="too_many"})"), 0);
  EXPECT_FALSE(samples.contains("snomd_tls_certificate_left_seconds"));
}

TEST(Metrics, HowLongTheCertificateIsGoodForIsTold) {
  const auto now = std::chrono::system_clock::now();
  for (const auto left : {48h, -48h}) {
    const auto identity = tls::make_self_signed({"pbx", {"pbx.example"}, now - 72h, now + left});
    ASSERT_TRUE(identity);
    const auto store = tls::Store::make({.identity = *identity});
    ASSERT_TRUE(store);
    const auto samples = samples_of(Metrics().text({.tls = store->get()}));
    EXPECT_NEAR(samples.at("snomd_tls_certificate_left_seconds"),
                static_cast<double>(std::chrono::seconds(left).count()), 60);
  }
}

TEST(Metrics, RequestsPressesAndCommandsAreCounted) {
  Metrics metrics;
  metrics.answered("GET", "/v1/phones/{phone}", 200);
  metrics.answered("GET", "/v1/phones/{phone}", 204);
  metrics.answered("GET", "/v1/phones/{phone}", 404);
  metrics.answered("BREW", "", 405);
  metrics.publish(control::Pressed{"1000@example.com", "2", "api+x", true, {}, {}});
  metrics.publish(control::CommandDone{"snom_button 1000@example.com 2", "+OK x", {}});
  metrics.publish(control::CommandDone{"snom_button 1000@example.com 2", "-ERR x", {}});
  metrics.publish(control::CommandDone{"snom_fly", "-ERR x", {}});
  const auto samples = samples_of(metrics.text({7, 3}));
  EXPECT_EQ(samples.at(R"(snomd_http_requests_total{method="GET",route="/v1/phones/{phone}",status="2xx"})"), 2);
  EXPECT_EQ(samples.at(R"(snomd_http_requests_total{method="GET",route="/v1/phones/{phone}",status="4xx"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_http_requests_total{method="other",route="other",status="4xx"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_presses_total{outcome="accepted"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_presses_total{outcome="refused"})"), 0);
  EXPECT_EQ(samples.at(R"(snomd_commands_total{command="snom_button",outcome="ok"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_commands_total{command="snom_button",outcome="error"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_commands_total{command="other",outcome="error"})"), 1);
  EXPECT_EQ(samples.at("snomd_restores_waiting"), 7);
  EXPECT_EQ(samples.at("snomd_restores_total"), 3);
}

/// Keeps what is asked of it until a test answers.
template <typename Outcome>
struct Asked {
  std::vector<std::function<void(Outcome)>> waiting;
  void answer(Outcome outcome) {
    for (auto& done : std::exchange(waiting, {})) done(outcome);
  }
};
struct Sender final : control::MessageSender, Asked<control::SipOutcome> {
  void send(control::OutgoingMessage, std::function<void(control::SipOutcome)> done) override {
    waiting.push_back(std::move(done));
  }
  [[nodiscard]] std::size_t max_body(const registration::Registration&) const override { return 1234; }
};
struct Web final : control::PhoneWeb, Asked<control::WebOutcome> {
  void get(control::WebRequest, std::function<void(control::WebOutcome)> done) override {
    waiting.push_back(std::move(done));
  }
};
struct Subscriptions final : control::KeySubscriptions, Asked<control::SipOutcome> {
  [[nodiscard]] bool has_any(const registration::Registration&) const override { return true; }
  [[nodiscard]] bool is_subscribed(const registration::Registration&, std::string_view key) const override {
    return key == "2";
  }
  [[nodiscard]] bool shows_all(const registration::Registration&, std::string_view key) const override {
    return key == "7";
  }
  void notify(const registration::RegistrationPointer&, std::vector<control::KeyLight>, std::shared_ptr<const void>,
              std::function<void(control::SipOutcome)> done) override {
    waiting.push_back(std::move(done));
  }
};
struct Store final : control::ButtonStore, Asked<control::ButtonStore::Result> {
  [[nodiscard]] tl::expected<std::vector<control::WantedButton>, std::string> load() override { return {}; }
  [[nodiscard]] tl::expected<std::vector<control::KeptGroup>, std::string> load_groups() override { return {}; }
  void save(Change, std::function<void(Result)> done) override { waiting.push_back(std::move(done)); }
};

control::OutgoingMessage message(const std::string& type, const std::string& event = {}) {
  return {phone("1000"), "", type, "", event};
}

TEST(Measured, WhatIsSentIsCountedWhenItHasEnded) {
  Metrics metrics;
  Sender phones;
  Web pages;
  MeasuredSender sender(phones, metrics);
  MeasuredWeb web(pages, metrics);
  EXPECT_EQ(sender.max_body(phone("1000")), 1234U);
  int heard = 0;
  const auto hear = [&heard](const control::SipOutcome&) { ++heard; };
  sender.send(message("application/x-buttons"), hear);
  sender.send(message("application/x-buttons"), hear);
  EXPECT_EQ(samples_of(metrics.text({})).at(R"(snomd_deliveries_total{channel="buttons",outcome="accepted"})"), 0);
  phones.answer({200, "OK"});
  sender.send(message("application/x-buttons"), hear);
  phones.answer({404, "No Such Key"});
  sender.send(message("application/snomxml", "xml"), hear);
  phones.answer({0, "no answer within 5 s"});
  sender.send(message("text/plain;charset=utf-8"), hear);
  phones.answer({0, "", true});
  EXPECT_EQ(heard, 5);
  control::WebRequest page;
  page.url = "http://192.0.2.7/command.htm";
  web.get(page, [&heard](const control::WebOutcome&) { ++heard; });
  pages.answer({401, ""});
  EXPECT_EQ(heard, 6);
  const auto samples = samples_of(metrics.text({}));
  const auto count = [&](const std::string& channel, const std::string& outcome) {
    return samples.at("snomd_deliveries_total{channel=\"" + channel + "\",outcome=\"" + outcome + "\"}");
  };
  EXPECT_EQ(count("buttons", "accepted"), 2);
  EXPECT_EQ(count("buttons", "refused"), 1);
  EXPECT_EQ(count("notify", "silent"), 1);
  EXPECT_EQ(count("text", "unconfirmed"), 1);
  EXPECT_EQ(count("http", "refused"), 1);
  EXPECT_EQ(samples.at(R"(snomd_delivery_seconds_count{channel="buttons"})"), 3);
  EXPECT_EQ(samples.at(R"(snomd_delivery_seconds_count{channel="notify"})"), 0) << "nobody answered";
}

TEST(Measured, WhatSubscriptionsAreToldIsCounted) {
  Metrics metrics;
  Subscriptions notifier;
  MeasuredSubscriptions subscriptions(notifier, metrics);
  EXPECT_TRUE(subscriptions.has_any(phone("1000")));
  EXPECT_TRUE(subscriptions.is_subscribed(phone("1000"), "2"));
  EXPECT_FALSE(subscriptions.is_subscribed(phone("1000"), "3"));
  EXPECT_TRUE(subscriptions.shows_all(phone("1000"), "7"));
  EXPECT_FALSE(subscriptions.shows_all(phone("1000"), "2"));
  int heard = 0;
  subscriptions.notify(phone("1000"), {{"2"}}, nullptr, [&heard](const control::SipOutcome&) { ++heard; });
  notifier.answer({200, "OK"});
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(samples_of(metrics.text({})).at(R"(snomd_deliveries_total{channel="subscription",outcome="accepted"})"), 1);
}

TEST(Measured, WhatTheStoreWasHandedWaits) {
  Metrics metrics;
  Store disk;
  MeasuredStore store(disk, metrics);
  store.save({}, [](const Store::Result&) {});
  store.save({}, [](const Store::Result&) {});
  EXPECT_EQ(samples_of(metrics.text({})).at("snomd_store_waiting"), 2);
  disk.answer({});
  store.save({}, [](const Store::Result&) {});
  disk.answer(tl::unexpected(std::string("disk full")));
  store.save({}, [](const Store::Result&) {});
  disk.answer(tl::unexpected(control::NotKept("changed meanwhile", {})));
  const auto samples = samples_of(metrics.text({}));
  EXPECT_EQ(samples.at("snomd_store_waiting"), 0);
  EXPECT_EQ(samples.at(R"(snomd_store_changes_total{outcome="kept"})"), 2);
  EXPECT_EQ(samples.at(R"(snomd_store_changes_total{outcome="failed"})"), 1);
  EXPECT_EQ(samples.at(R"(snomd_store_changes_total{outcome="overtaken"})"), 1) << "nothing is wrong with the store";
  EXPECT_EQ(samples.at("snomd_store_seconds_count"), 4);
}

}  // namespace
}  // namespace snom::snomd
