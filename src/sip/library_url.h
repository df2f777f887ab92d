#pragma once

namespace snom::sip {

/// sofia-sip's url_param() reads on behind the end of a URI whose last parameter begins like the one that is asked for
/// (`;lrx` for `lr`). The one in library_url.cpp takes its place, also within the library; this sees that it is linked.
void mend_url_param();

}  // namespace snom::sip
