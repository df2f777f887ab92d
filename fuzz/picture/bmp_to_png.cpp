#include "picture/png.h"
#include "targets.h"

namespace snom::fuzz {

/// A BMP as a phone's screen.bmp.
void bmp_to_png(std::string_view input) {
  const auto png = picture::png_of_bmp(input);
  if (!png) return must_be_one_line(png.error());
  must(png->starts_with("\x89PNG\r\n\x1a\n"), "a PNG begins as one");
  must(png->find("IEND") != std::string::npos, "a PNG is whole");
}

}  // namespace snom::fuzz
