#pragma once

#include <array>
#include <span>
#include <string_view>

namespace snom::language {

/// What a model looks like, as far as a drawing of it needs to know. Nothing but drawings goes by it: no page of Snom's
/// was found that tells it (docs/models.md, "How a face is drawn").
struct PhoneFace {
  enum class Labels {
    display,  ///< of the keys in two columns, left and right of the phone's own display, which shows their labels
    panel,    ///< on a display of their own, or on a touch screen
    paper,    ///< on strips of paper beside them
  };
  std::string_view model;  ///< "D865"; "D8*" and "*" are for models without a row
  Labels labels = Labels::paper;
  std::array<int, 3> columns{};  ///< keys in each column, P1 at the top of the first; on Labels::display [0] is left
  int display_width = 128;       ///< in points, about
  int display_height = 64;
  bool has_colours = false;  ///< the display
  /// Keys that can be seen at once; P1..Pn of a model may be on several pages of labels.
  [[nodiscard]] int keys_a_page() const { return columns[0] + columns[1] + columns[2]; }
};

[[nodiscard]] std::string_view to_string(PhoneFace::Labels labels);

/// The row of the model's name ("D865"); else the longest row for such names; else the careful default.
[[nodiscard]] const PhoneFace& face_of(std::string_view model_name);

}  // namespace snom::language
