#include "process/output_files.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "process/user.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace srasta::process {
namespace {

constexpr size_t kBlock = 64 * 1024;
/// For pipes that a process which outlived its program still holds.
constexpr base::Millis kLastWait{1'000};

/// One program's pipe and file.
struct Lane {
  std::string path;
  base::Descriptor reading;
  base::Descriptor writing;
  base::Descriptor file = {};
  uint64_t bytes = 0;  // of `file`
};

void open_file(Lane& lane) {
  lane.file.reset(::open(lane.path.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                         0600));
  struct stat status{};
  lane.bytes = 0;
  if (lane.file.open() && ::fstat(lane.file.get(), &status) == 0) {
    lane.bytes = static_cast<uint64_t>(status.st_size);
  }
}

void turn_over(Lane& lane, unsigned kept) {
  for (unsigned number = kept; number > 1; --number) {
    const std::string from = number == 2 ? lane.path : fmt::format("{}.{}", lane.path, number - 2);
    ::rename(from.c_str(), fmt::format("{}.{}", lane.path, number - 1).c_str());
  }
  if (kept < 2) ::unlink(lane.path.c_str());
  open_file(lane);
}

}  // namespace

struct OutputFiles::Work {
  explicit Work(Settings the_settings) : settings(std::move(the_settings)) {}

  void run();
  void read_once(int timeout);
  void take(Lane& lane);
  void put(Lane& lane, std::string_view text) const;
  [[nodiscard]] bool any_open() const;

  const Settings settings;
  std::vector<Lane> lanes;
  base::Descriptor ending{::eventfd(0, EFD_CLOEXEC)};
  bool is_ending = false;  // of the thread
  std::thread thread;
};

void OutputFiles::Work::put(Lane& lane, std::string_view text) const {
  // What keeps it from being opened may be mended while the program runs.
  if (!lane.file.open()) open_file(lane);
  if (lane.bytes > 0 && lane.bytes + text.size() > settings.most_bytes) {
    turn_over(lane, settings.kept);
  }
  while (lane.file.open() && !text.empty()) {
    const ssize_t written = ::write(lane.file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    lane.bytes += static_cast<uint64_t>(written);
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void OutputFiles::Work::take(Lane& lane) {
  std::array<char, kBlock> block{};
  const ssize_t got = ::read(lane.reading.get(), block.data(), block.size());
  if (got > 0) put(lane, {block.data(), static_cast<size_t>(got)});
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) lane.reading.reset();
}

bool OutputFiles::Work::any_open() const {
  for (const Lane& lane : lanes) {
    if (lane.reading.open()) return true;
  }
  return false;
}

void OutputFiles::Work::read_once(int timeout) {
  std::vector<pollfd> watched;
  // A closed descriptor is -1, which poll passes over.
  for (const Lane& lane : lanes) {
    watched.push_back({.fd = lane.reading.get(), .events = POLLIN, .revents = 0});
  }
  const int end = is_ending ? -1 : ending.get();
  watched.push_back({.fd = end, .events = POLLIN, .revents = 0});
  if (::poll(watched.data(), watched.size(), timeout) <= 0) return;
  for (size_t index = 0; index < lanes.size(); ++index) {
    if (watched[index].revents != 0) take(lanes[index]);
  }
  if (watched.back().revents != 0) is_ending = true;
}

void OutputFiles::Work::run() {
  const ActingAs acting(settings.owned_as.empty() ? std::nullopt
                                                  : owner_to_act_as(settings.owned_as));
  ::mkdir(settings.folder.c_str(), 0700);
  while (!is_ending && any_open()) read_once(-1);
  const base::SystemClock clock;
  const base::MonoTime until = clock.mono() + kLastWait;
  while (any_open() && clock.mono() < until) {
    const auto left = std::chrono::ceil<base::Millis>(until - clock.mono());
    read_once(static_cast<int>(left.count()));
  }
}

OutputFiles::OutputFiles(Settings settings) : work_(std::make_unique<Work>(std::move(settings))) {}

OutputFiles::~OutputFiles() {
  for (Lane& lane : work_->lanes) lane.writing.reset();
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(work_->ending.get(), &one, sizeof one);
  if (work_->thread.joinable()) work_->thread.join();
}

base::Result<int> OutputFiles::add(const std::string& name) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("pipe", errno);
  work_->lanes.push_back({.path = fmt::format("{}/{}.log", work_->settings.folder, name),
                          .reading = base::Descriptor(ends[0]),
                          .writing = base::Descriptor(ends[1])});
  return ends[1];
}

void OutputFiles::begin() {
  work_->thread = std::thread([work = work_.get()] { work->run(); });
}

}  // namespace srasta::process
