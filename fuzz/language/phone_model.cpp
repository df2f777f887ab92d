#include "language/phone_model.h"

#include "language/model_table.h"
#include "targets.h"

namespace snom::fuzz {

/// A User-Agent header.
void phone_model(std::string_view input) {
  const auto model = language::parse_user_agent(input);
  if (!model) return;
  must(!model->name.empty(), "a model has a name");
  for (const int part : model->firmware) must(part >= 0, "a firmware's number has no sign");
  const auto& traits = language::traits_of(*model);
  for (int place = 0; place < 40; ++place) {
    const auto led = traits.led_of_key(place);
    must(!led || (*led >= 0 && *led <= 999), "a LED has a number of three digits");
  }
  (void)language::has_silent_xml(*model);
}

}  // namespace snom::fuzz
