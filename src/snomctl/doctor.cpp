#include "snomctl/doctor.h"

#include <cstdio>

#include <fmt/format.h>

#include "snomctl/answer_json.h"
#include "snomctl/diagnosis.h"
#include "snomctl/local_checks.h"

namespace snom::snomctl {
namespace {

/// Prints each finding as it is made: the next may take seconds.
class Report final {
 public:
  void add(const Finding& finding) {
    fmt::print("{}", show(finding));
    std::fflush(stdout);
    found_ = found_ || finding.how != Finding::How::right;
  }
  void add(const std::vector<Finding>& findings) {
    for (const auto& finding : findings) add(finding);
  }
  [[nodiscard]] bool found() const { return found_; }

 private:
  bool found_ = false;
};

}  // namespace

int doctor(const Client& client, const LocalServer& local) {
  Report report;
  if (!local.why_not_understood.empty()) {
    report.add(
        {Finding::How::wrong, local.why_not_understood,
         "so it is not known from there where snomd is, and snomd itself will not start with it: mend that line"});
  }
  const auto status = client.send("GET", "/v1/status", nullptr);
  if (!status) {
    report.add(diagnose_failure(status.error().status, status.error().text));
    return 2;
  }
  report.add(
      {Finding::How::right, fmt::format("snomd {} answers at {}", text_of(*status, "version"), client.server()), ""});
  report.add(diagnose_listeners(*status));
  report.add(diagnose_registrations(*status));
  report.add(diagnose_refusals(*status));
  report.add(diagnose_store(*status));
  report.add(diagnose_certificate(*status));
  report.add(check_room(text_of(*status, "store")));
  // What is wrong comes first.
  const auto phones = client.get("/v1/phones?limit=50");
  if (phones) {
    report.add(diagnose_phones(*phones));
    report.add(check_pages(*phones));
  } else {
    report.add({Finding::How::look, phones.error().text, ""});
  }
  report.add(check_names(local.domains));
  report.add(check_clock());
  return report.found() ? 1 : 0;
}

}  // namespace snom::snomctl
