#include "http/curl_events.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace snom::http {
namespace {

std::uint32_t wanted_of(int what) {
  std::uint32_t events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  return events;
}

int happened_in(std::uint32_t events) {
  int what = 0;
  if ((events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
  return what;
}

}  // namespace

CurlEvents::CurlEvents() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_event event{.events = EPOLLIN, .data = {.fd = wake_up_.descriptor()}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_up_.descriptor(), &event) != 0) {
    const int error = errno;
    close(epoll_);
    throw std::system_error(error, std::generic_category(), "epoll_ctl");
  }
}

CurlEvents::~CurlEvents() { close(epoll_); }

void CurlEvents::watch(CURLM* multi) {
  multi_ = multi;
  int (*socket)(CURL*, curl_socket_t, int, void*, void*) = note_socket;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, note_time);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
}

int CurlEvents::note_socket(CURL*, curl_socket_t socket, int what, void* events, void* known) {
  static_cast<CurlEvents*>(events)->note_socket(socket, what, known != nullptr);
  return 0;  // anything else would be the end of the multi
}

int CurlEvents::note_time(CURLM*, long after_ms, void* events) {
  auto& due = static_cast<CurlEvents*>(events)->due_;
  due.reset();
  if (after_ms >= 0) due = Clock::now() + std::chrono::milliseconds(after_ms);
  return 0;
}

/// Where the kernel has no memory to watch a socket, its request ends when its time is over.
void CurlEvents::note_socket(curl_socket_t socket, int what, bool is_known) {
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  epoll_event event{.events = wanted_of(what), .data = {.fd = socket}};
  epoll_ctl(epoll_, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  if (!is_known) curl_multi_assign(multi_, socket, this);
}

void CurlEvents::act_on_time() {
  if (!due_ || *due_ > Clock::now()) return;
  due_.reset();
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

int CurlEvents::wait_ms(std::chrono::milliseconds limit) const {
  if (due_) limit = std::min(limit, std::chrono::ceil<std::chrono::milliseconds>(*due_ - Clock::now()));
  return static_cast<int>(std::max(limit, std::chrono::milliseconds(0)).count());
}

void CurlEvents::wait_and_act(std::chrono::milliseconds limit) {
  std::array<epoll_event, 64> happened{};
  const int count = epoll_wait(epoll_, happened.data(), static_cast<int>(happened.size()), wait_ms(limit));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = happened.at(static_cast<std::size_t>(i));
    if (event.data.fd == wake_up_.descriptor()) {
      wake_up_.clear();
    } else {
      int running = 0;
      curl_multi_socket_action(multi_, event.data.fd, happened_in(event.events), &running);
    }
  }
}

}  // namespace snom::http
