#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "control/world.h"
#include "picture/workroom.h"

namespace snom::picture {

/// Pictures of phones' screens as PNG files in one folder, and nowhere else. They are encoded and written in the
/// workroom. Control's thread.
class PictureFolder final : public control::PictureKeeper {
 public:
  /// `workroom` outlives this; `post` brings work to control's thread, and is called on the workroom's.
  PictureFolder(std::string folder, Workroom& workroom, std::function<void(std::function<void()>)> post)
      : folder_(std::move(folder)), workroom_(workroom), post_(std::move(post)) {}

  /// Writes or replaces the file, as a whole or not at all, readable by its owner and group.
  void keep(std::string name, std::string bmp, Done done) override;

 private:
  std::string folder_;
  Workroom& workroom_;
  std::function<void(std::function<void()>)> post_;
};

/// The same at once, on any thread.
[[nodiscard]] tl::expected<void, std::string> write_picture(const std::string& folder, const std::string& name,
                                                            std::string_view bmp);

}  // namespace snom::picture
