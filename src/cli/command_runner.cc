#include "cli/command_runner.h"

#include "sandbox/runner.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>

namespace srasta::cli {
namespace {

/// Trying out the tiers takes 50 ms on an idle host.
constexpr base::Millis kStart{20'000};
/// Of the host: which accounts are those of runs.
constexpr const char* kAccounts = "/run/srasta-runs";

}  // namespace

base::Result<std::string> program_beside(const std::string& name) {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return base::make_error(base::Code::Io, "read /proc/self/exe: " + failure.message());
  return (self.parent_path() / name).string();
}

base::Result<CommandRunner> start_command_runner(const std::string& program,
                                                 const std::string& scratch,
                                                 std::optional<process::User> user) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("socketpair", errno);
  }
  base::Descriptor ours(ends[0]);
  const base::Descriptor theirs(ends[1]);
  SRASTA_TRY_ASSIGN(auto child, process::Child::spawn({.program = program,
                                                       .arguments = {kRunCommands, scratch},
                                                       .environment = {},
                                                       .inherited = {theirs.get()},
                                                       .user = std::move(user)}));
  SRASTA_TRY_ASSIGN(auto client, sandbox::RunnerClient::connect(std::move(ours), kStart));
  return CommandRunner{.child = std::move(child), .client = std::move(client)};
}

base::Result<void> run_commands(const std::vector<std::string>& arguments) {
  struct stat status{};
  if (arguments.size() != 2 || ::fstat(process::kFirstInherited, &status) != 0 ||
      !S_ISSOCK(status.st_mode)) {
    return base::make_error(base::Code::Invalid, "only srasta-tools starts this");
  }
  sandbox::Programs programs;
  SRASTA_TRY_ASSIGN(programs.sandbox_init, program_beside("srasta-sandbox-init"));
  programs.scratch = arguments.back();
  return sandbox::serve_runs(process::kFirstInherited, programs, kAccounts);
}

}  // namespace srasta::cli
