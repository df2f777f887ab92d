#include "picture/png.h"

#include <png.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>

#include "picture/picture_folder.h"

namespace snom::picture {
namespace {

std::string little_endian(std::uint32_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xffU);
  return bytes;
}

std::string bmp(int width, int height, unsigned depth, const std::string& behind_header, const std::string& pixels,
                unsigned compression = 0) {
  const auto start = static_cast<std::uint32_t>(54 + behind_header.size());
  return "BM" + little_endian(start + static_cast<std::uint32_t>(pixels.size()), 4) + little_endian(0, 4) +
         little_endian(start, 4) + little_endian(40, 4) + little_endian(static_cast<std::uint32_t>(width), 4) +
         little_endian(static_cast<std::uint32_t>(height), 4) + little_endian(1, 2) + little_endian(depth, 2) +
         little_endian(compression, 4) + std::string(20, '\0') + behind_header + pixels;
}

/// Red, green and blue of each point, row by row from the top, as libpng reads them; empty when it is no PNG.
std::vector<int> points(const std::string& png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) return {};
  image.format = PNG_FORMAT_RGB;
  std::vector<unsigned char> bytes(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, bytes.data(), 0, nullptr) == 0) return {};
  return {bytes.begin(), bytes.end()};
}

std::vector<int> converted(const std::string& picture) {
  const auto png = png_of_bmp(picture);
  return png ? points(*png) : std::vector<int>{};
}

const std::vector<int> red_above_blue{255, 0, 0, 0, 0, 255};

TEST(Png, EveryDepth) {
  using namespace std::string_literals;
  EXPECT_EQ(converted(bmp(1, 2, 24, "", "\xff\0\0\0\0\0\xff\0"s)), red_above_blue);
  EXPECT_EQ(converted(bmp(1, -2, 24, "", "\0\0\xff\0\xff\0\0\0"s)), red_above_blue);
  EXPECT_EQ(converted(bmp(1, 2, 32, "", "\xff\0\0\0\0\0\xff\0"s)), red_above_blue);
  EXPECT_EQ(converted(bmp(1, 2, 16, "", "\x1f\0\0\0\0\x7c\0\0"s)), red_above_blue);
  const auto masks = little_endian(0xf800, 4) + little_endian(0x7e0, 4) + little_endian(0x1f, 4);
  EXPECT_EQ(converted(bmp(1, 2, 16, masks, "\x1f\0\0\0\0\xf8\0\0"s, 3)), red_above_blue);
  const auto palette = "\0\0\0\0"s + "\xff\0\0\0"s + "\0\0\xff\0"s;
  EXPECT_EQ(converted(bmp(1, 2, 8, palette, "\1\0\0\0\2\0\0\0"s)), red_above_blue);
  EXPECT_EQ(converted(bmp(1, 2, 4, palette, "\x10\0\0\0\x20\0\0\0"s)), red_above_blue);
  EXPECT_EQ(converted(bmp(2, 1, 1, palette, "\x40\0\0\0"s)), (std::vector<int>{0, 0, 0, 0, 0, 255}));
}

std::string refusal(const std::string& picture) {
  const auto png = png_of_bmp(picture);
  return png ? "(taken)" : png.error();
}

TEST(Png, WhatIsNoPictureIsRefused) {
  EXPECT_EQ(refusal(""), "the phone's picture is no BMP");
  EXPECT_EQ(refusal(std::string(100, 'x')), "the phone's picture is no BMP");
  EXPECT_EQ(refusal(bmp(0, 1, 24, "", "")), "the phone's picture is no BMP of 1 to 4096 points each way");
  EXPECT_EQ(refusal(bmp(5000, 1, 24, "", "")), "the phone's picture is no BMP of 1 to 4096 points each way");
  EXPECT_EQ(refusal(bmp(1, INT32_MIN, 24, "", "")), "the phone's picture is no BMP of 1 to 4096 points each way");
  EXPECT_EQ(refusal(bmp(4096, 4096, 32, "", "1234")), "the phone's picture ends too early");
  EXPECT_EQ(refusal(bmp(1, 1, 8, "", "1234", 1)), "the phone's picture has 8 bits a point, compression 1");
  EXPECT_EQ(refusal(bmp(1, 1, 2, "", "1234")), "the phone's picture has 2 bits a point, compression 0");
}

TEST(Png, AnyBeginningOfAPictureIsRefusedOrTaken) {
  const auto whole = bmp(3, 3, 16, std::string(12, '\x1f'), std::string(24, 'x'), 3);
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "(taken)");
  EXPECT_EQ(refusal(whole), "(taken)");
}

struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "snom-pictures-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename());
    return names;
  }
};

TEST(PictureFolder, WritesAndReplacesOneFile) {
  const Folder folder;
  const auto picture = bmp(1, 2, 24, "", std::string("\xff\0\0\0\0\0\xff\0", 8));
  ASSERT_TRUE(write_picture(folder.path, "desk.png", picture));
  ASSERT_TRUE(write_picture(folder.path, "desk.png", picture));
  EXPECT_EQ(folder.files(), std::vector<std::string>{"desk.png"});
  std::ifstream file(folder.path + "/desk.png", std::ios::binary);
  EXPECT_EQ(points({std::istreambuf_iterator<char>(file), {}}), red_above_blue);
}

TEST(PictureFolder, RefusesWhatLeavesTheFolderOrIsNoPicture) {
  const Folder folder;
  const auto picture = bmp(1, 1, 24, "", std::string(4, 'x'));
  EXPECT_EQ(write_picture(folder.path, "../desk.png", picture).error(), "'../desk.png' is not the name of a file");
  EXPECT_EQ(write_picture(folder.path, "", picture).error(), "'' is not the name of a file");
  EXPECT_EQ(write_picture(folder.path, "desk.png", "x").error(), "the phone's picture is no BMP");
  EXPECT_TRUE(folder.files().empty());
  EXPECT_EQ(write_picture(folder.path + "/none", "desk.png", picture).error(),
            "cannot write " + folder.path + "/none/desk.png: No such file or directory");
}

}  // namespace
}  // namespace snom::picture
