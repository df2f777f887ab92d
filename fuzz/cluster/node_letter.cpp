#include "cluster/node_letter.h"

#include "targets.h"

namespace snom::fuzz {

void node_letter(std::string_view input) {
  const auto read = cluster::read_node_letter(input);
  if (!read) return;
  const auto written = cluster::write_node_letter(*read);
  const auto again = cluster::read_node_letter(written);
  must(again.has_value(), "what was read is written such that it is read again");
  must(again && cluster::write_node_letter(*again) == written, "and is the same then");
}

}  // namespace snom::fuzz
