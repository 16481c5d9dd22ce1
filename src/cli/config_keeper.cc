#include "cli/config_keeper.h"

#include "base/descriptor.h"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {

struct ConfigKeeper::Work {
  Work(int the_channel, ConfigChangeParts the_parts,
       std::function<void(const std::string& line)> the_tell)
      : channel(the_channel), parts(std::move(the_parts)), tell(std::move(the_tell)) {}

  /// Until `stop` is readable.
  void serve() const;
  void serve_one() const;

  const int channel;
  const ConfigChangeParts parts;
  const std::function<void(const std::string& line)> tell;
  const base::Descriptor stop = base::Descriptor(::eventfd(0, EFD_CLOEXEC));
  std::thread thread;
};

void ConfigKeeper::Work::serve() const {
  while (true) {
    auto watched = std::to_array<pollfd>({{.fd = channel, .events = POLLIN, .revents = 0},
                                          {.fd = stop.get(), .events = POLLIN, .revents = 0}});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) return;
    serve_one();
  }
}

void ConfigKeeper::Work::serve_one() const {
  std::array<char, admin::kMostChannelBytes> message{};
  const ssize_t got = ::recv(channel, message.data(), message.size(), MSG_DONTWAIT);
  if (got <= 0) return;
  const auto request = admin::parse_config_request({message.data(), static_cast<size_t>(got)});
  if (!request) return tell("configuration: the administration service asks for nonsense");
  const admin::ConfigOutcome outcome = change_config(parts, request->revision);
  tell(outcome.in_force ? fmt::format("configuration: revision {} is in force", request->revision)
                        : fmt::format("configuration: revision {} refused: {}", request->revision,
                                      outcome.reason));
  const std::string answer = admin::config_answer(*request, outcome);
  // Who asked may be gone; the file tells its next start what became of it.
  [[maybe_unused]] const ssize_t sent =
      ::send(channel, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

ConfigKeeper::ConfigKeeper(int channel, ConfigChangeParts parts,
                           std::function<void(const std::string& line)> tell)
    : work_(std::make_unique<Work>(channel, std::move(parts), std::move(tell))) {
  work_->thread = std::thread([work = work_.get()] { work->serve(); });
}

ConfigKeeper::~ConfigKeeper() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(work_->stop.get(), &one, sizeof one);
  work_->thread.join();
}

}  // namespace srasta::cli
