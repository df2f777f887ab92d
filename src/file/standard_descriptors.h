#pragma once

namespace snom::file {

/// Opens /dev/null as standard input, output and error where they are closed, before anything else is opened: the next
/// file or socket would be that descriptor, and whatever is told there would be written into it. The first thing that
/// main() does. Where there is no /dev/null the process ends (status 1), as nobody could be told why.
void open_missing_standard_descriptors();

}  // namespace snom::file
