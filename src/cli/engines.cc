#include "cli/engines.h"

#include "base/descriptor.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/secret.h"
#include "cli/engine_keeper.h"
#include "cli/engine_starts.h"
#include "config/engine.h"
#include "process/sealed_memory.h"
#include "process/supervisor.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// What the keeper itself needs behind the grace of its engines.
constexpr base::Seconds kBehindGrace{5};
constexpr size_t kEngineKeyBytes = 32;

/// Whether nobody but root can change what `file` is: it, and each folder on the way to it, is
/// root's, and others may write to none but those where they cannot rename what is not theirs.
bool is_roots(const std::string& file) {
  std::error_code failure;
  auto place = std::filesystem::canonical(file, failure);
  while (!failure) {
    struct stat status{};
    if (::stat(place.c_str(), &status) != 0 || status.st_uid != 0) return false;
    const bool open = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (open && (status.st_mode & S_ISVTX) == 0) return false;
    if (!place.has_relative_path()) return true;
    place = place.parent_path();
  }
  return false;
}

base::Error refusal(const config::Engine& engine, std::string_view what) {
  return base::make_error(base::Code::Invalid,
                          fmt::format("engine {}: {}", engine.name.view(), what));
}

/// Of the account that the engine gets.
base::Result<std::string> home_as_root(const config::Engine& engine,
                                       const Engines::Settings& settings) {
  SRASTA_TRY_ASSIGN(const auto user, process::find_user(engine.user));
  if (!user) {
    return refusal(engine, fmt::format("there is no user {}; create it with: {}", engine.user,
                                       useradd_line(engine.user)));
  }
  if (user->id == 0 || (settings.services && user->id == settings.services->id)) {
    return refusal(engine, fmt::format("user {} has the id of root or of the services; engines "
                                       "need an account of their own",
                                       engine.user));
  }
  if (engine.user != config::kEngineUser && !is_roots(settings.config_file)) {
    return refusal(engine, fmt::format("who may change {} may not say which account a program runs "
                                       "as: give the file and its folders to root, or use {}",
                                       settings.config_file, config::kEngineUser));
  }
  return user->home;
}

base::Result<EngineStarts> starts_of(const Engines::Settings& settings, const base::Secret& key) {
  const bool as_root = ::geteuid() == 0;
  const auto own_home = settings.environment.find("HOME");
  EngineStarts starts{.data_folder = settings.data_folder, .engines = {}};
  for (const config::Engine& engine : settings.loaded.config.inference.engines) {
    std::string home = own_home == settings.environment.end() ? "" : own_home->second;
    if (as_root) {
      SRASTA_TRY_ASSIGN(home, home_as_root(engine, settings));
    }
    starts.engines.push_back(engine_start(engine, settings.environment, home, as_root));
    give_key(starts.engines.back(), engine.kind, key);
  }
  return starts;
}

base::Result<std::string> this_program() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return base::make_error(base::Code::Io, "read /proc/self/exe: " + failure.message());
  return self.string();
}

}  // namespace

struct Engines::Work {
  Work(process::Child the_keeper, base::Descriptor the_socket, base::Secret the_key,
       const Settings& settings)
      : keeper(std::move(the_keeper)),
        socket(std::move(the_socket)),
        key(std::move(the_key)),
        data_folder(settings.data_folder),
        tell(settings.tell) {}

  /// The next event; nothing when the keeper has ended.
  [[nodiscard]] std::optional<EngineEvent> receive() const;
  void read_events(const std::function<void(const EngineEvent&)>& note);

  process::Child keeper;
  base::Descriptor socket;
  const base::Secret key;
  const std::string data_folder;
  const std::function<void(const std::string&)> tell;
  base::PosixFileSystem files;
  bool key_written = false;
  std::thread reader;
};

std::optional<EngineEvent> Engines::Work::receive() const {
  std::array<char, 256> message{};
  while (true) {
    const ssize_t got = ::recv(socket.get(), message.data(), message.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    auto event = parse_engine_event({message.data(), static_cast<size_t>(got)});
    if (event) return event;
  }
}

void Engines::Work::read_events(const std::function<void(const EngineEvent&)>& note) {
  const std::string file = running_engines_file(data_folder);
  std::map<std::string, pid_t> running;
  while (const auto event = receive()) {
    if (event->exit) {
      running.erase(event->engine);
    } else {
      running[event->engine] = event->pid;
    }
    std::string text;
    for (const auto& [name, pid] : running) text += fmt::format("{} {}\n", name, pid);
    // It only helps `srasta models engines`.
    (void)base::write_file_atomic(files, file, text);
    note(*event);
  }
  (void)files.remove(file);
}

std::string engine_log_file(const std::string& data_folder, const std::string& name) {
  return fmt::format("{}/logs/engine-{}.log", data_folder, name);
}

std::string running_engines_file(const std::string& data_folder) {
  return data_folder + "/run/engines";
}

base::Result<std::unique_ptr<Engines>> Engines::spawn(const Settings& settings) {
  if (settings.loaded.config.inference.engines.empty()) return std::unique_ptr<Engines>();
  base::SystemEntropy entropy;
  base::Secret key(base::to_hex(base::random_bytes(entropy, kEngineKeyBytes)));
  SRASTA_TRY_ASSIGN(const EngineStarts starts, starts_of(settings, key));
  SRASTA_TRY_ASSIGN(const base::Descriptor memory,
                    process::seal_memory("srasta-engines", to_json(starts)));
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("socketpair", errno);
  }
  base::Descriptor ours(ends[0]);
  const base::Descriptor theirs(ends[1]);
  SRASTA_TRY_ASSIGN(std::string program, this_program());
  const int first = process::kFirstInherited;
  SRASTA_TRY_ASSIGN(
      process::Child keeper,
      process::Child::spawn(
          {.program = std::move(program),
           .arguments = {kEngineKeeper},
           .environment = {{std::string(kStartsVariable), std::to_string(first)},
                           {std::string(kPlatformVariable), std::to_string(first + 1)}},
           .inherited = {memory.get(), theirs.get()},
           .user = {}}));
  return std::make_unique<Engines>(
      std::make_unique<Work>(std::move(keeper), std::move(ours), std::move(key), settings));
}

Engines::Engines(std::unique_ptr<Work> work) : work_(std::move(work)) {}

Engines::~Engines() {
  finish();
}

base::Result<void> Engines::begin(process::Supervisor& supervisor) {
  SRASTA_TRY(base::write_file_atomic(work_->files, config::engine_key_file(work_->data_folder),
                                     work_->key.expose()));
  work_->key_written = true;
  supervisor.look_after(work_->keeper, [this](const process::Exit& exit) {
    work_->tell(
        fmt::format("engines: their keeper {}; engines ended with it and start again with "
                    "the next start of `srasta up`",
                    exit.text()));
  });
  constexpr std::string_view kBegin = "begin";
  (void)::send(work_->socket.get(), kBegin.data(), kBegin.size(), MSG_NOSIGNAL);
  return {};
}

void Engines::report(std::function<void(const EngineEvent&)> note) {
  work_->reader =
      std::thread([work = work_.get(), note = std::move(note)] { work->read_events(note); });
}

void Engines::finish() {
  if (!work_->socket.open()) return;
  ::shutdown(work_->socket.get(), SHUT_WR);
  const auto ended = work_->keeper.wait(base::Seconds(kEngineGraceSeconds) + kBehindGrace);
  if (!ended || !*ended) {
    work_->tell("engines: their keeper does not end; it is left behind");
    // It may be root's, which this process is no more.
    work_->keeper.release();
  }
  ::shutdown(work_->socket.get(), SHUT_RD);
  if (work_->reader.joinable()) work_->reader.join();
  work_->socket.reset();
  // Otherwise it is that of another `srasta up`, whose folder this one did not get.
  if (work_->key_written) (void)work_->files.remove(config::engine_key_file(work_->data_folder));
}

}  // namespace srasta::cli
