#include "picture/png.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <png.h>

namespace snom::picture {
namespace {

constexpr std::size_t file_header = 14;
constexpr std::size_t info_header = 40;
constexpr std::int64_t most_points = 4096;

/// Numbers of a BMP are little-endian. Callers have checked that they are there.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

using Point = std::array<unsigned char, 3>;  // red, green, blue

struct Bmp {
  std::string_view bytes;
  std::size_t pixels = 0;  ///< where they begin
  std::size_t width = 0;
  std::size_t height = 0;
  bool top_down = false;
  unsigned depth = 0;
  std::array<std::uint32_t, 3> masks{};  ///< red, green, blue of 16 and 32 bits
  std::vector<Point> palette;

  [[nodiscard]] std::size_t row_bytes() const { return (width * depth + 31) / 32 * 4; }

  [[nodiscard]] Point point(std::size_t x, std::size_t y) const {
    const auto row = pixels + (top_down ? y : height - 1 - y) * row_bytes();
    if (depth <= 8) {
      const auto byte = static_cast<unsigned char>(bytes[row + x * depth / 8]);
      const auto index = byte >> (8 - depth - x * depth % 8) & ((1U << depth) - 1);
      return index < palette.size() ? palette[index] : Point{};
    }
    const auto value = number(bytes, row + x * depth / 8, depth / 8);
    Point colour{};
    for (std::size_t i = 0; i < colour.size(); ++i) {
      if (masks[i] == 0) continue;
      const auto part = static_cast<std::uint64_t>(value & masks[i]);
      colour[i] = static_cast<unsigned char>(part * 255 / masks[i]);
    }
    return colour;
  }
};

std::optional<std::array<std::uint32_t, 3>> masks_of(std::string_view bytes, unsigned depth,
                                                     std::uint32_t compression) {
  constexpr std::uint32_t bit_fields = 3;
  if (compression == bit_fields && depth != 24) {
    const auto at = file_header + info_header;
    if (bytes.size() < at + 12) return std::nullopt;
    return std::array{number(bytes, at, 4), number(bytes, at + 4, 4), number(bytes, at + 8, 4)};
  }
  if (depth == 16) return std::array{0x7c00U, 0x3e0U, 0x1fU};
  return std::array{0xff0000U, 0xff00U, 0xffU};
}

tl::expected<Bmp, std::string> read(std::string_view bytes) {
  const auto refuse = [](std::string why) { return tl::unexpected("the phone's picture " + std::move(why)); };
  if (bytes.size() < file_header + info_header || !bytes.starts_with("BM")) return refuse("is no BMP");
  Bmp bmp;
  bmp.bytes = bytes;
  bmp.pixels = number(bytes, 10, 4);
  const auto header = number(bytes, 14, 4);
  const auto width = static_cast<std::int32_t>(number(bytes, 18, 4));
  const std::int64_t height = static_cast<std::int32_t>(number(bytes, 22, 4));
  bmp.depth = number(bytes, 28, 2);
  const auto compression = number(bytes, 30, 4);
  bmp.top_down = height < 0;
  const auto rows = bmp.top_down ? -height : height;
  if (header < info_header || width < 1 || rows < 1 || width > most_points || rows > most_points) {
    return refuse(fmt::format("is no BMP of 1 to {} points each way", most_points));
  }
  constexpr std::array depths{1U, 4U, 8U, 16U, 24U, 32U};
  bool known = false;
  for (const auto depth : depths) known = known || depth == bmp.depth;
  if (!known || (compression != 0 && compression != 3)) {
    return refuse(fmt::format("has {} bits a point, compression {}", bmp.depth, compression));
  }
  bmp.width = static_cast<std::size_t>(width);
  bmp.height = static_cast<std::size_t>(rows);
  if (bmp.pixels > bytes.size() || bytes.size() - bmp.pixels < bmp.row_bytes() * bmp.height) {
    return refuse("ends too early");
  }
  if (bmp.depth > 8) {
    const auto masks = masks_of(bytes, bmp.depth, compression);
    if (!masks) return refuse("ends too early");
    bmp.masks = *masks;
    return bmp;
  }
  for (std::size_t at = file_header + header; at + 4 <= bmp.pixels && bmp.palette.size() < 1U << bmp.depth; at += 4) {
    bmp.palette.push_back({static_cast<unsigned char>(bytes[at + 2]), static_cast<unsigned char>(bytes[at + 1]),
                           static_cast<unsigned char>(bytes[at])});
  }
  return bmp;
}

}  // namespace

tl::expected<std::string, std::string> png_of_bmp(std::string_view bmp) {
  const auto read_bmp = read(bmp);
  if (!read_bmp) return tl::unexpected(read_bmp.error());
  std::vector<unsigned char> points;
  points.reserve(read_bmp->width * read_bmp->height * 3);
  for (std::size_t y = 0; y < read_bmp->height; ++y) {
    for (std::size_t x = 0; x < read_bmp->width; ++x) {
      const auto point = read_bmp->point(x, y);
      points.insert(points.end(), point.begin(), point.end());
    }
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(read_bmp->width);
  image.height = static_cast<png_uint_32>(read_bmp->height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string png;
  const auto write = [&](void* to) {
    return png_image_write_to_memory(&image, to, &size, 0, points.data(), 0, nullptr) != 0;
  };
  // First for its size.
  bool written = write(nullptr);
  if (written) {
    png.resize(size);
    written = write(png.data());
  }
  if (!written) return tl::unexpected(fmt::format("the phone's picture cannot be made a PNG: {}", image.message));
  png.resize(size);
  return png;
}

}  // namespace snom::picture
