#include "recovery/sealing.h"

#include "process/sealed_memory.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::recovery {
namespace {

constexpr base::Millis kLook{60'000};

struct Pipe {
  base::Descriptor reading;
  base::Descriptor writing;
};

base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("pipe", errno);
  return Pipe{.reading = base::Descriptor(ends[0]), .writing = base::Descriptor(ends[1])};
}

/// No search along PATH: what encrypts keys is not anybody's choice.
base::Result<std::string> find_program(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/"}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return base::make_error(base::Code::Unavailable,
                          name + " is not installed; install it with: apt-get install age");
}

/// `says`: whether what it complains about is for the user; else the caller says what is wrong.
base::Result<process::Child> spawn(const std::string& name, std::vector<std::string> arguments,
                                   std::vector<int> inherited, int output, bool says) {
  SRASTA_TRY_ASSIGN(std::string program, find_program(name));
  const base::Descriptor nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nothing.open()) return base::errno_error("open /dev/null", errno);
  return process::Child::spawn({.program = std::move(program),
                                .arguments = std::move(arguments),
                                .environment = {},
                                .inherited = std::move(inherited),
                                .user = {},
                                .output = output,
                                .errors = says ? -1 : nothing.get()});
}

base::Result<process::Exit> wait_for(process::Child& child) {
  while (true) {
    SRASTA_TRY_ASSIGN(const auto exit, child.wait(kLook));
    if (exit) return *exit;
  }
}

/// The rest of it, so that the writer can end by itself.
base::Result<void> drain(int input, const std::function<void(std::string_view)>& take) {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::read(input, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::errno_error("read", errno);
    if (got == 0) return {};
    take({buffer.data(), static_cast<size_t>(got)});
  }
}

std::string inherited_path(int index) {
  return fmt::format("/dev/fd/{}", process::kFirstInherited + index);
}

}  // namespace

base::Result<void> check_programs() {
  for (const char* name : {"age", "age-keygen"}) {
    SRASTA_TRY_ASSIGN([[maybe_unused]] const std::string path, find_program(name));
  }
  return {};
}

base::Result<Sealer> Sealer::start(const std::string& recipient, const std::string& path) {
  SRASTA_TRY_ASSIGN(Pipe pipe, make_pipe());
  base::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) return base::errno_error("create " + path, errno);
  SRASTA_TRY_ASSIGN(process::Child child,
                    spawn("age", {"--encrypt", "--recipient", recipient, inherited_path(0)},
                          {pipe.reading.get()}, file.get(), true));
  return Sealer(std::move(child), std::move(pipe.writing), std::move(file), path);
}

base::Result<void> Sealer::finish() {
  input_.reset();
  SRASTA_TRY_ASSIGN(const process::Exit exit, wait_for(child_));
  if (!exit.clean()) {
    return base::make_error(base::Code::Io, "encrypting " + path_ + ": age " + exit.text());
  }
  if (::fsync(file_.get()) != 0) return base::errno_error("sync " + path_, errno);
  return {};
}

base::Result<void> open_sealed(const std::string& path, const base::Secret& identity,
                               const std::function<base::Result<void>(int)>& read) {
  SRASTA_TRY_ASSIGN(const base::Descriptor key, process::seal_memory("srasta-identity", identity));
  SRASTA_TRY_ASSIGN(Pipe pipe, make_pipe());
  SRASTA_TRY_ASSIGN(process::Child child,
                    spawn("age", {"--decrypt", "--identity", inherited_path(0), path}, {key.get()},
                          pipe.writing.get(), false));
  pipe.writing.reset();
  auto outcome = read(pipe.reading.get());
  SRASTA_TRY(drain(pipe.reading.get(), [](std::string_view) {}));
  SRASTA_TRY_ASSIGN(const process::Exit exit, wait_for(child));
  if (!exit.clean()) {
    return base::make_error(base::Code::Denied,
                            path +
                                " cannot be decrypted: it is damaged, or this is not the "
                                "recovery key that it was encrypted to");
  }
  return outcome;
}

base::Result<FileDigest> digest_of_file(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) {
    base::Error error = base::errno_error("open " + path, errno);
    if (errno == ENOENT) error.code = base::Code::NotFound;
    return error;
  }
  FileDigest found;
  crypto::Sha256 hash;
  SRASTA_TRY(drain(file.get(), [&](std::string_view bytes) {
    found.bytes += bytes.size();
    hash.update(bytes);
  }));
  found.digest = hash.finish();
  return found;
}

base::Result<base::Secret> output_of(const std::string& program, std::vector<std::string> arguments,
                                     std::vector<int> inherited) {
  SRASTA_TRY_ASSIGN(Pipe pipe, make_pipe());
  SRASTA_TRY_ASSIGN(process::Child child, spawn(program, std::move(arguments), std::move(inherited),
                                                pipe.writing.get(), false));
  pipe.writing.reset();
  std::string text;
  SRASTA_TRY(drain(pipe.reading.get(), [&](std::string_view bytes) { text += bytes; }));
  base::Secret printed(std::move(text));
  SRASTA_TRY_ASSIGN(const process::Exit exit, wait_for(child));
  if (exit.clean()) return printed;
  return base::make_error(base::Code::Io, program + " " + exit.text());
}

}  // namespace srasta::recovery
