#include "http/phone_web_client.h"

#include <utility>

namespace snom::http {

void PhoneWebClient::get(control::WebRequest request, std::function<void(control::WebOutcome)> done) {
  if (!client_) {
    control_.post([done = std::move(done)] { done({0, "stopping", {}}); });
    return;
  }
  ++counters_.asked;
  client_->get({std::move(request.url), std::move(request.username), std::move(request.password),
                std::move(request.address_of_record), request.max_body},
               [this, done = std::move(done)](WebClient::Response response) mutable {
                 control_.post([this, done = std::move(done), response = std::move(response)]() mutable {
                   const int status = response.status;
                   ++(status == 0 ? counters_.silent : status == 200 ? counters_.answered : counters_.refused);
                   done({status, std::move(response.error), std::move(response.body)});
                 });
               });
}

}  // namespace snom::http
