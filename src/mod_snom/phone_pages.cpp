#include "mod_snom/phone_pages.h"

#include <utility>

namespace snom::freeswitch {

void PhonePages::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  ++counters_.asked;
  client_->get({std::move(request.url), std::move(request.username), std::move(request.password),
                std::move(request.address_of_record), request.max_body},
               [this, done = std::move(done)](http::WebClient::Response response) mutable {
                 control_.post([this, done = std::move(done), response = std::move(response)]() mutable {
                   const int status = response.status;
                   ++(status == 0 ? counters_.silent : status == 200 ? counters_.answered : counters_.refused);
                   done({status, std::move(response.error), std::move(response.body)});
                 });
               });
}

}  // namespace snom::freeswitch
