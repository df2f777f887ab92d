#include "phone/screen.h"

#include <gtest/gtest.h>

#include <set>

#include "fakes.h"

namespace snom::phone::testing {
namespace {

/// A BMP that was written as its header says.
struct Bitmap {
  explicit Bitmap(std::string bytes) : file(std::move(bytes)) {}
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<unsigned char>(file.at(at + i));
    return value;
  }
  /// Colour of a point counted from the upper left corner: red in the highest byte.
  [[nodiscard]] std::uint32_t point(std::uint32_t x, std::uint32_t y) const {
    return number(number(10, 4) + 3 * ((number(22, 4) - 1 - y) * number(18, 4) + x), 3);
  }
  [[nodiscard]] std::set<std::uint32_t> colours() const {
    std::set<std::uint32_t> found;
    for (std::uint32_t y = 0; y < number(22, 4); ++y) {
      for (std::uint32_t x = 0; x < number(18, 4); ++x) found.insert(point(x, y));
    }
    return found;
  }
  std::string file;
};

TEST(Screen, IsAValidUncompressedBitmap) {
  Bench bench;
  const Bitmap bitmap(screen_bmp(bench.phone));
  EXPECT_EQ(bitmap.file.substr(0, 2), "BM");
  EXPECT_EQ(bitmap.number(2, 4), bitmap.file.size());
  EXPECT_EQ(bitmap.number(10, 4), 54U);
  EXPECT_EQ(bitmap.number(14, 4), 40U);
  EXPECT_EQ(bitmap.number(18, 4), 240U);
  EXPECT_EQ(bitmap.number(22, 4), 160U);
  EXPECT_EQ(bitmap.number(28, 2), 24U);
  EXPECT_EQ(bitmap.number(30, 4), 0U);
  EXPECT_EQ(bitmap.file.size(), 54U + 240 * 160 * 3);
  EXPECT_EQ(bitmap.colours().size(), 2U) << "paper and ink";
}

TEST(Screen, WritesLettersWhereTheyBelong) {
  Bench bench;
  // "1000 (not registered)": the 1 of three points by five, each two by two, from (2, 2) on: .x. xx. .x. .x. xxx
  const Bitmap bitmap(screen_bmp(bench.phone));
  const auto ink = bitmap.point(4, 2);
  const auto paper = bitmap.point(0, 0);
  EXPECT_NE(ink, paper);
  EXPECT_EQ(bitmap.point(2, 2), paper);
  EXPECT_EQ(bitmap.point(5, 3), ink);
  EXPECT_EQ(bitmap.point(2, 4), ink);
  EXPECT_EQ(bitmap.point(6, 4), paper);
  EXPECT_EQ(bitmap.point(2, 10), ink);
  EXPECT_EQ(bitmap.point(7, 11), ink);
}

TEST(Screen, ShowsLampsInTheirColours) {
  Bench bench(Bench::defaults("D862"));
  ASSERT_EQ(bench.buttons("k=1\r\nc=on\r\no=green\r\nl=Door\r\n\r\nk=2\r\nl=Dark\r\n").status, 200);
  const Bitmap before(screen_bmp(bench.phone));
  EXPECT_EQ(before.colours().size(), 3U) << "paper, ink, green";
  ASSERT_EQ(bench.phone
                .notify("xml", "application/snomxml",
                        "<SnomIPPhoneSilent><Led number=\"7\" color=\"orange\">on</Led></SnomIPPhoneSilent>")
                .status,
            200);
  const Bitmap after(screen_bmp(bench.phone));
  EXPECT_EQ(after.colours().size(), 4U) << "and orange";
}

TEST(Screen, MoreThanFitsIsCut) {
  Bench bench(Bench::defaults("D865"));
  for (int key = 1; key <= 40; ++key) {
    ASSERT_EQ(bench.buttons("k=" + std::to_string(key) + "\r\nc=on\r\nl=" + std::string(300, 'W') + "\r\n").status,
              200);
  }
  ASSERT_EQ(bench.phone.message("text/plain", std::string(2000, '\xFC'), "x").status, 200);
  EXPECT_EQ(screen_bmp(bench.phone).size(), 54U + 240 * 160 * 3);
}

}  // namespace
}  // namespace snom::phone::testing
