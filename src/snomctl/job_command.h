#pragma once

#include <cstddef>
#include <string>

#include "layout/layout.h"
#include "snomctl/client.h"

namespace snom::snomctl {

/// A layout that snomd itself applies, so that it goes on when snomctl ends.
struct JobLayout {
  std::string file;
  std::size_t parallel = 16;  ///< phones at a time; snomd takes at most 64
  bool detach = false;        ///< only begins it
};

/// Has snomd apply a layout: prints the job's id on standard error, follows it as apply() does and ends with the same
/// statuses; with `detach` prints the id on standard output and ends.
[[nodiscard]] int apply_as_job(const Client& client, const JobLayout& layout);

/// `snomctl job ...`
struct JobCommand {
  enum class What { list, show, follow, cancel };
  What what = What::list;
  std::string id;
  bool as_json = false;  ///< of list and show
};

/// list and show: 0 done, 1 there is none, 2 not reached. follow: as apply. cancel: as show.
[[nodiscard]] int run(const Client& client, const JobCommand& command);

}  // namespace snom::snomctl
