#pragma once

#include <string_view>

#include "snomd/router.h"

namespace snom::snomd {

/// The page for people (page/): its files are part of the program. They hold nothing of a phone and no secret, so they
/// are given to whoever asks; what the page shows it asks for itself, with a token where one is wanted.
class WebPage final {
 public:
  /// Whether a path is one of the page's, "/" or "/page/...".
  static void add_to(Router& router);
};

}  // namespace snom::snomd
