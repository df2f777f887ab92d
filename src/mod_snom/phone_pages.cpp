#include "mod_snom/phone_pages.h"

#include <utility>

namespace snom::freeswitch {

void PhonePages::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  if (request.username.empty()) {
    if (const auto found = credentials_.find(request.address_of_record); found != credentials_.end()) {
      request.username = found->second.username;
      request.password = found->second.password;
    }
  }
  ++counters_.asked;
  client_->get({std::move(request.url), std::move(request.username), std::move(request.password)},
               [this, done = std::move(done)](http::WebClient::Response response) mutable {
                 control_.post([this, done = std::move(done), status = response.status,
                                error = std::move(response.error)]() mutable {
                   ++(status == 0 ? counters_.silent : status == 200 ? counters_.answered : counters_.refused);
                   done({status, std::move(error)});
                 });
               });
}

}  // namespace snom::freeswitch
