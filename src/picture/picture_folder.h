#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "control/ports.h"
#include "picture/workroom.h"
#include "runtime/executor.h"

namespace snom::picture {

/// Pictures of phones' screens as PNG files in one folder, and nowhere else. They are encoded and written in the
/// workroom. Control's thread.
class PictureFolder final : public control::PictureKeeper {
 public:
  /// Both outlive this.
  PictureFolder(std::string folder, Workroom& workroom, runtime::Executor& control)
      : folder_(std::move(folder)), workroom_(workroom), control_(control) {}

  /// Writes or replaces the file, as a whole or not at all, readable by its owner and group.
  void keep(std::string name, std::string bmp, Done done) override;

 private:
  std::string folder_;
  Workroom& workroom_;
  runtime::Executor& control_;
};

/// The same at once, on any thread.
[[nodiscard]] tl::expected<void, std::string> write_picture(const std::string& folder, const std::string& name,
                                                            std::string_view bmp);

}  // namespace snom::picture
