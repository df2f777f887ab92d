#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "control/world.h"

namespace snom::picture {

/// Pictures of phones' screens as PNG files in one folder, and nowhere else. Control's thread.
class PictureFolder final : public control::PictureKeeper {
 public:
  explicit PictureFolder(std::string folder) : folder_(std::move(folder)) {}

  /// Writes or replaces the file, as a whole or not at all, readable by its owner and group.
  [[nodiscard]] tl::expected<void, std::string> keep(const std::string& name, std::string_view bmp) override;

 private:
  std::string folder_;
};

}  // namespace snom::picture
