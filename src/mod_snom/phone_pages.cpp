#include "mod_snom/phone_pages.h"

#include <utility>

namespace snom::freeswitch {

void PhonePages::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  bool configured = false;
  if (request.username.empty()) {
    if (const auto found = credentials_.find(request.address_of_record); found != credentials_.end()) {
      request.username = found->second.username;
      request.password = found->second.password;
      configured = true;
    }
  }
  ++counters_.asked;
  client_->get({std::move(request.url), std::move(request.username), std::move(request.password),
                std::move(request.address_of_record), request.max_body},
               [this, configured, done = std::move(done)](http::WebClient::Response response) mutable {
                 if (response.status == 401 && configured) {
                   response.error = "the phone refused the configured user name and password";
                 }
                 control_.post([this, done = std::move(done), response = std::move(response)]() mutable {
                   const int status = response.status;
                   ++(status == 0 ? counters_.silent : status == 200 ? counters_.answered : counters_.refused);
                   done({status, std::move(response.error), std::move(response.body)});
                 });
               });
}

}  // namespace snom::freeswitch
