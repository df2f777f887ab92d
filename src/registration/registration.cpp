#include "registration/registration.h"

#include <algorithm>

namespace snom::registration {

std::int64_t Registration::expires_in_s(TimePoint now) const {
  return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(expires - now).count());
}

const std::shared_ptr<const Registration>& RegistrationPointer::nobody() {
  static const auto empty = std::make_shared<const Registration>();
  return empty;
}

}  // namespace snom::registration
