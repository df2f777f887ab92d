#pragma once

#include <functional>
#include <string>

/// In a program that calls watch_destinations(), no name is looked up in it (getaddrinfo takes numbers only) and
/// nothing leaves the machine: connect(), sendto(), sendmsg() and sendmmsg() to other than loopback fail with
/// ENETUNREACH, whatever library calls.
namespace snom::fuzz {

/// Told of each destination before anything goes there: host in numbers, port. Whatever thread sends. Any thread;
/// empty = nobody is told.
void watch_destinations(std::function<void(const std::string& host, unsigned port)> watcher);

}  // namespace snom::fuzz
