#include "snomd/entity_tag.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace snom::snomd {
namespace {

using control::WantedButton;

WantedButton wanted(const std::string& key, std::uint64_t revision, bool cleared = false) {
  WantedButton button;
  button.button.key = key;
  button.revision = revision;
  button.cleared = cleared;
  button.set_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(16));
  return button;
}

class Keys final : public control::WantedKeys::View {
 public:
  explicit Keys(std::vector<WantedButton> keys) : keys_(std::move(keys)) {}
  [[nodiscard]] const WantedButton* find(std::string_view key) const override {
    for (const auto& one : keys_) {
      if (one.button.key == key) return &one;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<std::string> keys() const override {
    std::vector<std::string> names;
    for (const auto& one : keys_) names.push_back(one.button.key);
    return names;
  }

 private:
  std::vector<WantedButton> keys_;
};

tl::expected<Precondition, http::Response> read(const std::string& header, const std::string& value,
                                                const std::string& key = "2") {
  http::Request request;
  request.headers[header] = value;
  return precondition_of(request, key);
}

TEST(EntityTag, AKeysTagIsItsRevisionAndItsTime) { EXPECT_EQ(entity_tag(255, wanted("2", 1).set_at), "\"ff-10\""); }

TEST(EntityTag, AnEmptyConditionIsRefused) {
  for (const auto* header : {"if-match", "if-none-match"}) {
    const auto condition = read(header, "");
    ASSERT_FALSE(condition) << header;
    EXPECT_EQ(condition.error().status, 400);
  }
  EXPECT_TRUE(read("accept", "*/*"));
}

TEST(EntityTag, OfAllKeysItIsAnotherWhenOneOfThemIs) {
  const auto tag = [](std::vector<WantedButton> keys) {
    std::vector<const WantedButton*> pointers;
    for (const auto& key : keys) pointers.push_back(&key);
    return entity_tag(pointers);
  };
  const auto two = tag({wanted("1", 5), wanted("2", 6)});
  EXPECT_EQ(two, tag({wanted("2", 6), wanted("1", 5)})) << "the order does not count";
  EXPECT_EQ(two, tag({wanted("2", 6), wanted("1", 5), wanted("3", 7, true)})) << "a cleared key is none";
  EXPECT_NE(two, tag({wanted("1", 6), wanted("2", 5)}));
  EXPECT_NE(two, tag({wanted("1", 5), wanted("2", 7)}));
  EXPECT_NE(two, tag({wanted("1", 5)}));
  EXPECT_NE(tag({}), tag({wanted("1", 5)}));
}

TEST(EntityTag, IfMatchHoldsForOneOfItsTags) {
  const Keys now({wanted("2", 255), wanted("3", 1, true)});
  const auto holds = [&now](const std::string& value, const std::string& key = "2") {
    return read("if-match", value, key).value()(now);
  };
  EXPECT_TRUE(holds("\"ff-10\""));
  EXPECT_TRUE(holds("\"1-1\", \"ff-10\""));
  EXPECT_TRUE(holds("*"));
  EXPECT_FALSE(holds("\"fe-10\""));
  EXPECT_FALSE(holds("W/\"ff-10\"")) << "a weak tag never matches (RFC 9110 section 13.1.1)";
  EXPECT_FALSE(holds("*", "3")) << "a cleared key is not there";
  EXPECT_FALSE(holds("*", "4"));
  EXPECT_TRUE(holds(entity_tag({now.find("2")}), ""));
  EXPECT_FALSE(holds("\"ff-10\"", ""));
}

TEST(EntityTag, IfNoneMatchHoldsForWhatIsNotThere) {
  const Keys now({wanted("2", 255), wanted("3", 1, true)});
  EXPECT_FALSE(read("if-none-match", "*", "2").value()(now));
  EXPECT_TRUE(read("if-none-match", "*", "3").value()(now));
  EXPECT_TRUE(read("if-none-match", "*", "4").value()(now));
  EXPECT_FALSE(read("if-none-match", "*", "").value()(now));
  EXPECT_TRUE(read("if-none-match", "*", "").value()(Keys({})));
}

TEST(EntityTag, WithoutConditionThereIsNone) { EXPECT_FALSE(read("accept", "*/*").value()); }

TEST(EntityTag, WhatIsNoConditionIsNamed) {
  const auto field = [](const tl::expected<Precondition, http::Response>& read) {
    EXPECT_FALSE(read);
    return read ? std::string() : nlohmann::json::parse(read.error().body).at("field").get<std::string>();
  };
  for (const auto* value : {"ff-10", "\"ff-10", "\"a\" \"b\"", ",", "W/", "\"a\", b"}) {
    EXPECT_EQ(field(read("if-match", value)), "If-Match") << value;
  }
  EXPECT_EQ(field(read("if-none-match", "\"ff-10\"")), "If-None-Match");
}

}  // namespace
}  // namespace snom::snomd
