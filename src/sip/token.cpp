#include "sip/token.h"

#include "language/hex.h"
#include "runtime/random.h"

namespace snom::sip {

std::string random_token() { return language::to_hex(runtime::random_bytes(8)); }

}  // namespace snom::sip
