#include "phone/screen.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace snom::phone {

namespace {

constexpr int width = 240;
constexpr int height = 160;
constexpr int cell_width = 8;  ///< a letter of 3 by 5 points, twice as large, and the gap beside it
constexpr int cell_height = 12;
constexpr int display_lines = 6;
constexpr int key_rows = 6;

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};
constexpr Rgb paper{232, 236, 224};
constexpr Rgb ink{24, 32, 40};
constexpr Rgb lamp_red{208, 32, 32};
constexpr Rgb lamp_green{32, 160, 64};
constexpr Rgb lamp_orange{232, 136, 24};

/// A letter's five rows of three points, from above, three bits (an octal digit) each.
struct Glyph {
  char letter;
  std::uint16_t rows;
};
constexpr std::array<Glyph, 59> glyphs{{
    {'A', 025755}, {'B', 065656},  {'C', 034443}, {'D', 065556}, {'E', 074647}, {'F', 074644},  {'G', 034553},
    {'H', 055755}, {'I', 072227},  {'J', 011152}, {'K', 055655}, {'L', 044447}, {'M', 057755},  {'N', 065555},
    {'O', 025552}, {'P', 065644},  {'Q', 025563}, {'R', 065655}, {'S', 034216}, {'T', 072222},  {'U', 055557},
    {'V', 055552}, {'W', 055775},  {'X', 055255}, {'Y', 055222}, {'Z', 071247}, {'0', 075557},  {'1', 026227},
    {'2', 061247}, {'3', 061216},  {'4', 055711}, {'5', 074616}, {'6', 034757}, {'7', 071222},  {'8', 075757},
    {'9', 075716}, {'.', 000002},  {',', 000024}, {':', 002020}, {';', 002024}, {'-', 000700},  {'+', 002720},
    {'*', 005250}, {'#', 057575},  {'(', 024442}, {')', 021112}, {'/', 011244}, {'\\', 044211}, {'_', 000007},
    {'=', 007070}, {'<', 012421},  {'>', 042124}, {'?', 061202}, {'!', 022202}, {'@', 025743},  {'&', 025257},
    {'%', 051245}, {'\'', 022000}, {'"', 055000},
}};
constexpr std::uint16_t box = 077577;

std::uint16_t glyph_of(char letter) {
  if (letter == ' ') return 0;
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  const auto* found = std::find_if(glyphs.begin(), glyphs.end(), [&](const Glyph& g) { return g.letter == letter; });
  return found == glyphs.end() ? box : found->rows;
}

class Picture {
 public:
  Picture() : points_(static_cast<std::size_t>(width) * height, paper) {}

  void fill(int left, int top, int wide, int high, Rgb colour) {
    for (int y = std::max(top, 0); y < std::min(top + high, height); ++y) {
      for (int x = std::max(left, 0); x < std::min(left + wide, width); ++x) {
        points_[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)] = colour;
      }
    }
  }

  /// As many letters as fit; the bytes of one UTF-8 character are one letter.
  void write(int left, int top, std::string_view text, int letters) {
    int written = 0;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
      if (written == letters) return;
      const std::uint16_t rows = glyph_of(c);
      for (int point = 0; point < 15; ++point) {
        if ((rows >> (14 - point) & 1) != 0) {
          fill(left + written * cell_width + point % 3 * 2, top + point / 3 * 2, 2, 2, ink);
        }
      }
      ++written;
    }
  }

  /// Rows from below, blue first: a row's bytes are a multiple of four already.
  [[nodiscard]] std::string bmp() const {
    constexpr std::uint32_t head = 14 + 40;
    constexpr std::uint32_t size = head + 3U * width * height;
    std::string file = "BM";
    file.reserve(size);
    const auto number = [&file](std::uint32_t value, int bytes) {
      for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> (8 * i) & 0xFFU);
    };
    number(size, 4);
    number(0, 4);
    number(head, 4);
    number(40, 4);
    number(width, 4);
    number(height, 4);
    number(1, 2);   // planes
    number(24, 2);  // bits a point
    number(0, 4);   // not compressed
    number(size - head, 4);
    number(2835, 4);  // points a metre
    number(2835, 4);
    number(0, 4);
    number(0, 4);
    for (int y = height - 1; y >= 0; --y) {
      for (int x = 0; x < width; ++x) {
        const Rgb& point = points_[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)];
        file += static_cast<char>(point.blue);
        file += static_cast<char>(point.green);
        file += static_cast<char>(point.red);
      }
    }
    return file;
  }

 private:
  std::vector<Rgb> points_;
};

Rgb rgb_of(std::optional<language::Colour> colour) {
  switch (colour.value_or(language::Colour::red)) {
    case language::Colour::green:
    case language::Colour::local:
      return lamp_green;
    case language::Colour::orange:
      return lamp_orange;
    case language::Colour::red:
    case language::Colour::remote:
      break;
  }
  return lamp_red;
}

/// The colour that a key's lamp shows; none when it is dark.
std::optional<Rgb> lamp_of(const VirtualPhone& phone, const FunctionKey& key) {
  if (const language::Led* led = phone.led_of(key)) return rgb_of(led->colour);
  if (key.button.light.value_or(language::Light::off) == language::Light::off) return std::nullopt;
  return rgb_of(key.button.colour);
}

}  // namespace

std::string screen_bmp(const VirtualPhone& phone) {
  Picture picture;
  int line = 0;
  for (const std::string& text : phone.display()) {
    if (line == display_lines) break;
    picture.write(2, 2 + line++ * cell_height, text, width / cell_width - 1);
  }
  constexpr int top = 2 + display_lines * cell_height;
  picture.fill(0, top, width, 2, ink);
  int shown = 0;
  for (const FunctionKey& key : phone.keys()) {
    const auto lamp = lamp_of(phone, key);
    if (!lamp && key.button.label.empty()) continue;
    if (shown == 2 * key_rows) break;
    const int left = shown / key_rows * width / 2;
    const int above = top + 6 + shown % key_rows * cell_height;
    picture.fill(left + 2, above, 6, 10, lamp ? *lamp : ink);
    if (!lamp) picture.fill(left + 4, above + 2, 2, 6, paper);
    picture.write(left + 12, above, key.name + " " + key.button.label, (width / 2 - 14) / cell_width);
    ++shown;
  }
  return picture.bmp();
}

}  // namespace snom::phone
