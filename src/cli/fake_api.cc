// Stands in for srasta-api in the tests of `srasta up`: takes the same command line, descriptors
// and variables, and shows them in run/seen.
#include "base/encoding.h"
#include "base/file.h"
#include "process/sealed_memory.h"

#include <csignal>
#include <string>
#include <string_view>
#include <unistd.h>

namespace srasta::cli {
namespace {

std::string data_folder(int argc, char** argv) {
  for (int index = 1; index + 1 < argc; ++index) {
    if (std::string_view(argv[index]) == "--data") return argv[index + 1];
  }
  return {};
}

/// The descriptor that the variable SRASTA_FD_READY names; -1 without it.
int ready_descriptor(char** environment) {
  constexpr std::string_view kName = "SRASTA_FD_READY=";
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    if (!variable.starts_with(kName)) continue;
    return static_cast<int>(base::parse_u64(variable.substr(kName.size())).value_or(0));
  }
  return -1;
}

std::string seen(int argc, char** argv, char** environment) {
  std::string text;
  for (int index = 1; index < argc; ++index) text += std::string(argv[index]) + "\n";
  for (; *environment != nullptr; ++environment) text += std::string(*environment) + "\n";
  const auto keys = process::read_sealed_memory(3);
  return text + (keys ? std::string(keys->expose()) : keys.error().message) + "\n";
}

int serve(int argc, char** argv, char** environment) {
  struct sigaction action{};
  action.sa_handler = [](int) { ::_exit(0); };
  ::sigaction(SIGTERM, &action, nullptr);
  base::PosixFileSystem files;
  const std::string run = data_folder(argc, argv) + "/run";
  const bool written =
      base::write_file_atomic(files, run + "/seen", seen(argc, argv, environment)).ok() &&
      base::write_file_atomic(files, run + "/gateway.url", "http://127.0.0.1:45123\n").ok();
  const int ready = ready_descriptor(environment);
  if (!written || ::write(ready, "READY\n", 6) != 6) return 1;
  ::close(ready);
  while (true) ::pause();
}

}  // namespace
}  // namespace srasta::cli

int main(int argc, char** argv, char** environment) {
  return srasta::cli::serve(argc, argv, environment);
}
