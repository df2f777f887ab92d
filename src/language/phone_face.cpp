#include "language/phone_face.h"

namespace snom::language {

namespace {

using Labels = PhoneFace::Labels;

constexpr std::array faces{
    PhoneFace{"*", Labels::paper, {6, 6, 0}, 128, 64, false},
    PhoneFace{"1*", Labels::paper, {5, 0, 0}, 160, 32, false},
    PhoneFace{"2*", Labels::paper, {5, 0, 0}, 160, 32, false},
    PhoneFace{"300", Labels::paper, {4, 0, 0}, 160, 32, false},
    PhoneFace{"320", Labels::paper, {6, 6, 0}, 160, 32, false},
    PhoneFace{"360", Labels::paper, {6, 6, 0}, 128, 64, false},
    PhoneFace{"370", Labels::paper, {6, 6, 0}, 240, 128, false},
    PhoneFace{"82*", Labels::paper, {6, 6, 0}, 320, 240, true},
    PhoneFace{"870", Labels::panel, {5, 5, 5}, 480, 272, true},
    PhoneFace{"71*", Labels::paper, {5, 0, 0}, 128, 64, false},
    PhoneFace{"72*", Labels::paper, {9, 9, 0}, 128, 64, false},
    PhoneFace{"760", Labels::paper, {8, 8, 0}, 320, 240, true},
    PhoneFace{"D1*", Labels::display, {1, 1, 0}, 132, 64, false},
    PhoneFace{"D3*", Labels::paper, {5, 0, 0}, 132, 64, false},
    PhoneFace{"D335", Labels::display, {4, 4, 0}, 320, 240, true},
    PhoneFace{"D345", Labels::panel, {6, 6, 0}, 240, 128, false},
    PhoneFace{"D375", Labels::paper, {6, 6, 0}, 480, 272, true},
    PhoneFace{"D385", Labels::panel, {6, 6, 0}, 480, 272, true},
    PhoneFace{"D7*", Labels::paper, {5, 0, 0}, 128, 64, false},
    PhoneFace{"D713", Labels::display, {2, 2, 0}, 132, 64, false},
    PhoneFace{"D717", Labels::display, {0, 3, 0}, 320, 240, true},
    PhoneFace{"D725", Labels::paper, {9, 9, 0}, 128, 64, false},
    PhoneFace{"D735", Labels::display, {4, 4, 0}, 320, 240, true},
    PhoneFace{"D745", Labels::display, {4, 4, 0}, 256, 128, false},
    PhoneFace{"D765", Labels::paper, {8, 8, 0}, 320, 240, true},
    PhoneFace{"D785", Labels::panel, {6, 0, 0}, 480, 272, true},
    PhoneFace{"D8*", Labels::display, {3, 3, 0}, 480, 272, true},
    PhoneFace{"D810", Labels::display, {2, 2, 0}, 320, 240, true},
    PhoneFace{"D812", Labels::display, {4, 4, 0}, 320, 240, true},
    PhoneFace{"D815", Labels::display, {5, 5, 0}, 480, 272, true},
    PhoneFace{"D862", Labels::display, {4, 4, 0}, 480, 272, true},
    PhoneFace{"D865", Labels::display, {5, 5, 0}, 480, 272, true},
    PhoneFace{"D892", Labels::display, {4, 4, 0}, 480, 272, true},
    PhoneFace{"D895", Labels::display, {7, 7, 0}, 480, 272, true},
};

bool covers(std::string_view row, std::string_view name) {
  if (!row.ends_with('*')) return row == name;
  row.remove_suffix(1);
  return name.starts_with(row);
}

}  // namespace

std::string_view to_string(Labels labels) {
  switch (labels) {
    case Labels::display:
      return "display";
    case Labels::panel:
      return "panel";
    case Labels::paper:
      break;
  }
  return "paper";
}

const PhoneFace& face_of(std::string_view model_name) {
  const PhoneFace* best = &faces.front();
  for (const PhoneFace& face : faces) {
    if (!covers(face.model, model_name)) continue;
    // "D86*" is as long as "D865", which says more.
    const bool says_more = face.model.size() > best->model.size() ||
                           (face.model.size() == best->model.size() && !face.model.ends_with('*'));
    if (says_more) best = &face;
  }
  return *best;
}

}  // namespace snom::language
