#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "control/commands/command_service.h"
#include "http/server.h"
#include "layout/layout.h"
#include "snomd/api_core.h"

namespace snom::snomd {

/// A layout on its way from a request's body to what it would change: read in the workroom, the keys of its phones
/// copied in turns of the loop, compared in the workroom. It keeps itself until `done` is called, which is once, on any
/// thread.
class LayoutReading final : public std::enable_shared_from_this<LayoutReading> {
 public:
  /// What one layout may have here: less than snomctl takes, as snomd's memory is everybody's.
  static constexpr layout::LayoutLimits limits{20'000, 400'000, 64UL * 1024 * 1024};

  /// The error answers the request: what is wrong with the layout.
  using Done = std::function<void(tl::expected<layout::Difference, http::Response>)>;

  LayoutReading(ApiCore::Parts parts, std::string name, Done done, std::shared_ptr<const void> place)
      : parts_(parts), name_(std::move(name)), done_(std::move(done)), place_(std::move(place)) {}

  /// Once; any thread.
  void read(std::string text, layout::LayoutFormat format);

 private:
  void copy();
  void compare();
  void fail(std::string_view why);

  const ApiCore::Parts parts_;
  const std::string name_;
  const Done done_;
  const std::shared_ptr<const void> place_;
  layout::Layout wanted_;
  layout::Layout::iterator next_;             ///< of the phones whose keys are copied
  layout::Layout named_;                      ///< what is wanted, by addresses of record
  std::map<std::string, std::string> typed_;  ///< of which each is called so in the layout
  layout::Layout present_;
};

/// A key as it is, as a layout has it.
[[nodiscard]] layout::LayoutKey layout_key_of(const control::CommandService::KeyStatus& key);

}  // namespace snom::snomd
