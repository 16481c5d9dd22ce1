// A small program for the tests of this folder: the first argument says what to do. Results go to
// descriptor 3.
#include "base/clock.h"
#include "process/confine.h"
#include "process/sealed_memory.h"
#include "process/supervisor.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace srasta::process {
namespace {

constexpr int kResult = kFirstInherited;

int number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void write_all(int descriptor, const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(descriptor, text.data(), text.size());
}

void say_ready(char** environment) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    if (variable.starts_with("SRASTA_FD_READY=")) write_all(number(variable.substr(16)), "READY\n");
  }
}

[[noreturn]] void wait_for_the_end() {
  while (true) ::pause();
}

void end_on_sigterm() {
  struct sigaction action{};
  action.sa_handler = [](int) { ::_exit(0); };
  ::sigaction(SIGTERM, &action, nullptr);
}

int print_environment(char** environment) {
  std::string text;
  for (; *environment != nullptr; ++environment) text += std::string(*environment) + "\n";
  write_all(kResult, text);
  return 0;
}

int print_descriptors() {
  std::string text;
  for (int descriptor = 0; descriptor < 256; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1) text += std::to_string(descriptor) + " ";
  }
  write_all(kResult, text);
  return 0;
}

int print_ids() {
  write_all(kResult, std::to_string(::getuid()) + " " + std::to_string(::getgid()));
  return 0;
}

int print_sealed() {
  const auto content = read_sealed_memory(kFirstInherited + 1);
  write_all(kResult, content ? std::string(content->expose()) : content.error().message);
  return 0;
}

/// Leaves a process behind that is in no group of ours.
int leave_orphan() {
  if (::fork() == 0) {
    ::setsid();
    write_all(kResult, std::to_string(::getpid()) + "\n");
    wait_for_the_end();
  }
  return 0;
}

bool can_open(const std::string& path, int flags) {
  const base::Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file.open();
}

/// `ABI read-in write-in read-out write-out`, one letter each.
[[noreturn]] void confine_to(const std::string& folder, const std::string& outside) {
  const auto enforced = confine({.readable = {folder + "/r"}, .writable = {folder + "/w"}});
  std::string text = enforced ? std::to_string(enforced->landlock_abi) : enforced.error().message;
  text += can_open(folder + "/r/file", O_RDONLY) ? " y" : " n";
  text += can_open(folder + "/r/file", O_WRONLY) ? " y" : " n";
  text += can_open(folder + "/w/new", O_WRONLY | O_CREAT) ? " y" : " n";
  text += can_open(outside, O_RDONLY) ? " y" : " n";
  write_all(kResult, text);
  ::_exit(0);  // Leak checking needs files that are out of reach now.
}

/// Runs itself once more as a service, the result descriptor passed on.
int supervise(const std::string& self) {
  const base::SystemClock clock;
  Supervisor supervisor(clock, {}, [](const std::string&) {});
  supervisor.add({.name = "inner",
                  .child = {.program = self,
                            .arguments = {"report-and-serve"},
                            .environment = {},
                            .inherited = {kResult},
                            .user = {}}});
  return supervisor.run([] {}).ok() ? 0 : 1;
}

int run(std::string_view verb, int argc, char** argv, char** environment) {
  if (verb == "exit") return number(argv[2]);
  if (verb == "environment") return print_environment(environment);
  if (verb == "descriptors") return print_descriptors();
  if (verb == "ids") return print_ids();
  if (verb == "sealed") return print_sealed();
  if (verb == "leave-orphan") return leave_orphan();
  if (verb == "supervise") return supervise(argv[0]);
  if (verb == "confine" && argc == 4) confine_to(argv[2], argv[3]);
  if (verb == "serve" || verb == "report-and-serve" || verb == "serve-with-orphan") {
    end_on_sigterm();
  }
  if (verb == "ignore-sigterm") ::signal(SIGTERM, SIG_IGN);
  if (verb == "end-at-second-sigterm") {
    ::signal(SIGTERM, [](int) {
      static volatile sig_atomic_t count = 0;
      count = count + 1;
      if (count == 2) ::_exit(0);
      write_all(kResult, "1\n");
    });
  }
  if (verb == "report-and-serve") write_all(kResult, std::to_string(::getpid()) + "\n");
  if (verb == "serve-with-orphan") leave_orphan();
  if (verb != "never-ready") say_ready(environment);
  wait_for_the_end();
}

}  // namespace
}  // namespace srasta::process

int main(int argc, char** argv, char** environment) {
  if (argc < 2) return 64;
  return srasta::process::run(argv[1], argc, argv, environment);
}
