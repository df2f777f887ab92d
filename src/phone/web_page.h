#pragma once

#include <string>

#include "http/server.h"
#include "phone/virtual_phone.h"

namespace snom::phone {

/// A Snom's web page as far as programs use it: command.htm, advanced_update.htm, index.htm, dummy.htm,
/// minibrowser.htm, screen.bmp, which models without remote control answer with 404; and what only a virtual phone has:
/// /state.json, and /press?key= for all models. Says what it does with what no document tells: unknown paths 404,
/// unknown keys and parameters 400, methods other than GET and POST 405. Who may ask is WebAccess' business. On the
/// phone's thread.
[[nodiscard]] http::Response answer_page(VirtualPhone& phone, const http::Request& request);

}  // namespace snom::phone
