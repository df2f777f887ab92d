#pragma once

#include <string>

#include "phone/virtual_phone.h"

namespace snom::phone {

/// A picture of the phone's display and of the keys that show something: 240 by 160 points, an uncompressed BMP with 24
/// bits a point. Letters are capitals; what has no letter here shows as a box.
[[nodiscard]] std::string screen_bmp(const VirtualPhone& phone);

}  // namespace snom::phone
