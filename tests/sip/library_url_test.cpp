#include "sip/library_url.h"

#include <gtest/gtest.h>

#include <cstring>

#include <sofia-sip/url.h>

namespace snom::sip {
namespace {

/// Parameters, and what stands in memory behind them.
struct Behind {
  char memory[32] = {};
  url_t url{};
  Behind(const char* params, const char* behind) {
    std::strcpy(memory, params);
    std::strcpy(memory + std::strlen(params) + 1, behind);
    url.url_params = memory;
  }
};

TEST(LibraryUrl, TheLibraryDoesNotReadBehindTheLastParameter) {
  mend_url_param();
  for (const auto* params : {"lrx", "a;lr\xff\xff", "a=b;lrlr", "LRX", "lr-x=1"}) {
    Behind found(params, "lr");
    EXPECT_FALSE(url_has_param(&found.url, "lr")) << params;
    EXPECT_FALSE(url_have_param(found.memory, "lr")) << params;
    EXPECT_FALSE(url_param(found.memory, "lr", nullptr, 0)) << params;
  }
}

TEST(LibraryUrl, AndFindsWhatIsThere) {
  mend_url_param();
  for (const auto* params : {"lr", "a;lr", "lr=on", "lrx;lr", "a=b;LR=1;c", "lr;", ";;lr"}) {
    Behind found(params, "");
    EXPECT_TRUE(url_has_param(&found.url, "lr")) << params;
    EXPECT_TRUE(url_has_param(&found.url, "lr=")) << params;
  }
  char value[6] = "other";
  EXPECT_EQ(url_param("transport=tcp;lr", "transport", value, sizeof value), 4);
  EXPECT_STREQ(value, "tcp");
  EXPECT_EQ(url_param("maddr=192.0.2.7", "maddr=", value, sizeof value), 10) << "too long to be copied";
  EXPECT_STREQ(value, "tcp");
  EXPECT_EQ(url_param("a;lr", "lr", value, sizeof value), 1);
  EXPECT_STREQ(value, "");
  EXPECT_EQ(url_param(nullptr, "lr", value, sizeof value), 0);
  EXPECT_EQ(url_param("", "lr", value, sizeof value), 0);
}

}  // namespace
}  // namespace snom::sip
