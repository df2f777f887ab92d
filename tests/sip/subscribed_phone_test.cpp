#include "sip/subscribed_phone.h"

#include <gtest/gtest.h>

/// Which of a user's phones a subscription is.
namespace snom::sip {
namespace {

constexpr const char* one = "\"<urn:uuid:1>\"";
constexpr const char* two = "\"<urn:uuid:2>\"";

Binding registered(const std::string& contact, const std::string& host, std::uint16_t port,
                   const std::string& instance = {}) {
  registration::Registration phone;
  phone.contact = contact;
  phone.network_host = host;
  phone.network_port = port;
  Binding binding;
  binding.phone = std::move(phone);
  binding.instance = instance;
  return binding;
}

Subscription subscribed(const std::string& contact, const std::string& host, std::uint16_t port,
                        const std::string& instance = {}) {
  Subscription made;
  made.contact = contact;
  made.source_host = host;
  made.source_port = port;
  made.instance = instance;
  return made;
}

TEST(SubscribedPhone, ThePhoneThatIsAloneHasWhatNothingTellsFromIt) {
  const SubscribedPhone phone{{registered("sip:1000@10.0.0.5:5060;line=a", "192.0.2.7", 1024, one)}, {}};
  EXPECT_TRUE(is_of(subscribed("sip:1000@10.0.0.5:5060;line=a", "192.0.2.7", 1024), phone));
  EXPECT_TRUE(is_of(subscribed("sip:1000@10.0.0.5:5060;line=b", "192.0.2.7", 4711), phone)) << "NAT let it out anew";
  EXPECT_TRUE(is_of(subscribed("sip:x@10.0.0.9:1", "192.0.2.7", 1024), phone)) << "the same socket";
  EXPECT_TRUE(is_of(subscribed("sip:x@192.0.2.7:1024", "192.0.2.8", 1), phone)) << "it has learnt its address";
  EXPECT_TRUE(is_of(subscribed("sip:x@10.0.0.9:1", "192.0.2.9", 1, one), phone)) << "the same instance";
}

TEST(SubscribedPhone, AnotherPhonesIsNotItsThoughItBeAlone) {
  const SubscribedPhone phone{{registered("sip:1000@127.0.0.1:5061;line=a", "127.0.0.1", 5061, one)}, {}};
  EXPECT_FALSE(is_of(subscribed("sip:1000@127.0.0.1:5062;line=b", "127.0.0.1", 5062, two), phone));
  EXPECT_FALSE(is_of(subscribed("sip:1000@127.0.0.1:5062;line=b", "127.0.0.1", 5062), phone));
  EXPECT_FALSE(is_of(subscribed("sip:1000@127.0.0.1:5061;line=a", "127.0.0.1", 5061, two), phone))
      << "two behind NAT may have the same address at home";
}

TEST(SubscribedPhone, OneConnectionIsOnePhone) {
  auto flow = registered("sip:1000@10.0.0.5:5060;transport=tcp", "192.0.2.7", 1024);
  flow.connection = std::make_shared<int>();
  auto made = subscribed("sip:1000@10.0.0.5:40000;transport=tcp", "192.0.2.7", 1024);
  made.connection = flow.connection;
  EXPECT_TRUE(is_of(made, {{flow}, {}}));
  EXPECT_FALSE(is_of(subscribed("sip:1000@10.0.0.6:5060;transport=tcp", "192.0.2.7", 1025), {{flow}, {}}));
}

TEST(SubscribedPhone, BehindAProxyTheContactSaysIt) {
  auto flow = registered("sip:1000@10.0.0.5:5060;line=a", "192.0.2.1", 5060);
  flow.proxied = true;
  flow.path = {"<sip:192.0.2.1;lr;received=sip:198.51.100.3:1024%3Btransport%3Dudp>"};
  const SubscribedPhone phone{{flow}, {}, true};
  const auto by_proxy = [](const std::string& contact) { return subscribed(contact, "192.0.2.1", 5060); };
  EXPECT_TRUE(is_of(by_proxy("sip:1000@10.0.0.5:5060;alias=198.51.100.3~1024~1"), phone));
  EXPECT_TRUE(is_of(by_proxy("sip:1000@10.0.0.5"), phone)) << "the port that is meant";
  EXPECT_TRUE(is_of(by_proxy("sip:1000@198.51.100.3:1024"), phone)) << "the proxy wrote where it came from";
  EXPECT_TRUE(is_of(by_proxy("sip:atpsh-1@192.0.2.1:5060"), phone)) << "the proxy hides where the phone is";
  EXPECT_TRUE(is_of(subscribed("sip:1000@10.0.0.5:5060;line=b", "192.0.2.2", 5060), phone)) << "another edge";
  EXPECT_FALSE(is_of(by_proxy("sip:1000@10.0.0.6:5060"), phone));
  EXPECT_FALSE(is_of(by_proxy("sip:1000@10.0.0.5:5062"), phone));
}

TEST(SubscribedPhone, OfSeveralItIsTheOneThatIsNamedOrThatItCameFrom) {
  const auto a = registered("sip:1000@10.0.0.5:5060", "192.0.2.7", 1, one);
  const auto b = registered("sip:1000@10.0.0.6:5060", "192.0.2.7", 2, two);
  const SubscribedPhone is_a{{a}, {b}};
  const SubscribedPhone is_b{{b}, {a}};
  const auto whose = [&](const Subscription& made) {
    return std::string(is_of(made, is_a) ? "a" : "") + (is_of(made, is_b) ? "b" : "");
  };
  EXPECT_EQ(whose(subscribed("sip:1000@10.0.0.5:5060", "192.0.2.7", 2, two)), "b");
  EXPECT_EQ(whose(subscribed("sip:1000@10.0.0.6:5060", "192.0.2.7", 1)), "b");
  EXPECT_EQ(whose(subscribed("sip:x@10.0.0.9:5060", "192.0.2.7", 1)), "a");
  EXPECT_EQ(whose(subscribed("sip:x@10.0.0.9:5060", "192.0.2.7", 3)), "");
}

TEST(SubscribedPhone, BehindOneProxySeveralPhonesAreToldApart) {
  auto a = registered("sip:1000@10.0.0.5:5060", "192.0.2.1", 5060);
  auto b = registered("sip:1000@10.0.0.6:5060", "192.0.2.1", 5060);
  EXPECT_FALSE(is_of(subscribed("sip:1000@10.0.0.6:5060", "192.0.2.1", 5060), {{a}, {b}, true}));
  EXPECT_TRUE(is_of(subscribed("sip:1000@10.0.0.6:5060", "192.0.2.1", 5060), {{b}, {a}, true}));
  EXPECT_FALSE(is_of(subscribed("sip:1000@10.0.0.7:5060", "192.0.2.1", 5060), {{a}, {b}, true}));
}

TEST(SubscribedPhone, AllFlowsOfAPhoneAreItsOwn) {
  const auto first = registered("sip:1000@10.0.0.5:5060", "192.0.2.7", 1, one);
  const auto second = registered("sip:1000@10.0.0.5:5062", "192.0.2.7", 2, one);
  EXPECT_TRUE(is_of(subscribed("sip:1000@10.0.0.5:5062", "192.0.2.8", 9), {{first, second}, {}}));
}

}  // namespace
}  // namespace snom::sip
