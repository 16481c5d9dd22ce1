#include "gateway/access_recorder.h"

namespace srasta::gateway {
namespace {

constexpr base::Millis kRetry{250};

}  // namespace

void AccessRecorder::record(const Change& change) {
  changes_.push_back(change);
  if (running_) return;
  running_ = true;
  net::spawn(write_all());
}

net::Task<void> AccessRecorder::write_all() {
  while (!changes_.empty() && !scope_.cancelled()) {
    const Change change = changes_.front();
    co_await write(change);
    changes_.pop_front();
  }
  running_ = false;
}

net::Task<void> AccessRecorder::write(const Change& change) {
  const auto revision = static_cast<int64_t>(change.revision);
  for (bool told = false; !scope_.cancelled(); told = true) {
    const auto recorded = co_await parts_.journal.access_changes(parts_.loop, change.revision,
                                                                 change.before, change.after);
    if (recorded) {
      if (told) parts_.log.info("access rules are on record", {{"revision", revision}});
      recorded_(change.epoch);
      co_return;
    }
    if (!told) {
      parts_.log.error(
          "access rules are not on record, nobody is admitted",
          {{"revision", revision}, {"reason", std::string_view(recorded.error().message)}});
    }
    (void)co_await net::Sleep(scope_, kRetry);
  }
}

}  // namespace srasta::gateway
