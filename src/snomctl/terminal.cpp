#include "snomctl/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace snom::snomctl {
namespace {

// Of xterm and of all that are like it: another screen without a cursor, and back.
constexpr std::string_view enter = "\033[?1049h\033[?25l\033[2J";
constexpr std::string_view leave = "\033[?25h\033[?1049l";

/// Signals that end a program; those of a fault put the terminal back before they do.
constexpr std::array asked_to_end{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array faults{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// What handlers of signals reach; all are set before there is a handler.
std::array<int, 2> pipe_ends{-1, -1};
termios before{};
termios raw{};
std::atomic<bool> is_screen = false;

constexpr char to_end = 'e';
constexpr char to_resize = 'r';
constexpr char to_nudge = 'n';

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;  // nobody is there to see it
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Only what a handler of a signal may call.
void put_back() {
  if (!is_screen.exchange(false)) return;
  write_all(leave);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void take_over() {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  write_all(enter);
  is_screen = true;
}

void pass_on(char what) {
  const int kept = errno;
  // A full pipe has enough in it to wake whoever waits.
  [[maybe_unused]] const auto written = ::write(pipe_ends[1], &what, 1);
  errno = kept;
}

void on_end(int) { pass_on(to_end); }
void on_resize(int) { pass_on(to_resize); }

void on_fault(int signal) {
  put_back();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// Ctrl-Z: the shell gets its terminal, and this one its own again when it goes on.
void on_stop(int) {
  const int kept = errno;
  put_back();
  ::raise(SIGSTOP);
  take_over();
  pass_on(to_resize);
  errno = kept;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

bool Terminal::is_there() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

Terminal::Terminal() {
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) pipe_ends = {-1, -1};
  ::tcgetattr(STDIN_FILENO, &before);
  raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  for (const int signal : asked_to_end) handle(signal, on_end);
  for (const int signal : faults) handle(signal, on_fault);
  handle(SIGTSTP, on_stop);
  handle(SIGWINCH, on_resize);
  take_over();
}

Terminal::~Terminal() { put_back(); }

Terminal::Size Terminal::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

void Terminal::show(const std::vector<std::string>& lines) {
  // Line by line over what was there, the rest of each cleared: nothing flickers.
  std::string text = "\033[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += lines[i];
    text += "\033[K";
    if (i + 1 < lines.size()) text += "\r\n";
  }
  text += "\033[J";
  write_all(text);
}

Terminal::What Terminal::wait(std::chrono::milliseconds time) {
  std::array<pollfd, 2> watched{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{pipe_ends[0], POLLIN, 0}};
  const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(time.count()));
  if (ready <= 0) return {};
  char byte = '\0';
  if (watched[1].revents != 0 && ::read(pipe_ends[0], &byte, 1) == 1) {
    if (byte == to_end) return {Happened::ended};
    return {byte == to_resize ? Happened::resized : Happened::nudged};
  }
  if (watched[0].revents != 0) {
    if (::read(STDIN_FILENO, &byte, 1) == 1) return {Happened::key, byte};
    return {Happened::ended};
  }
  return {};
}

void Terminal::nudge() { pass_on(to_nudge); }

}  // namespace snom::snomctl
