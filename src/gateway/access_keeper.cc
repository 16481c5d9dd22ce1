#include "gateway/access_keeper.h"

namespace srasta::gateway {
namespace {

/// With the checks of open streams, well inside the second in which a revocation must be seen.
constexpr base::Millis kPause{100};
constexpr uint64_t kLargest = uint64_t{1} << 32;

}  // namespace

AccessKeeper::AccessKeeper(Parts parts, std::unique_ptr<const base::SharedWord> epoch,
                           Publish publish)
    : parts_(std::move(parts)), epoch_(std::move(epoch)), publish_(std::move(publish)) {}

base::Result<std::unique_ptr<AccessKeeper>> AccessKeeper::open(Parts parts, Publish publish) {
  auto epoch = base::SharedWord::open(parts.folder + "/epoch");
  if (!epoch) {
    epoch.error().message += "; start with `srasta up` or `srasta serve api`, which make it";
    return std::move(epoch).error();
  }
  auto keeper =
      std::make_unique<AccessKeeper>(std::move(parts), *std::move(epoch), std::move(publish));
  SRASTA_TRY_ASSIGN(keeper->current_, keeper->read());
  return keeper;
}

base::Result<std::shared_ptr<const access::AccessSnapshot>> AccessKeeper::read() const {
  SRASTA_TRY_ASSIGN(auto file, base::MappedFile::open(parts_.folder + "/snapshot", kLargest));
  const std::string_view bytes = file->bytes();
  return access::AccessSnapshot::open(std::move(file), bytes, parts_.key.expose());
}

void AccessKeeper::check() {
  const uint64_t announced = epoch_->load();
  if (current_ && current_->epoch() == announced) return;
  auto next = read();
  if (next && (*next)->epoch() == announced) {
    current_ = *std::move(next);
    parts_.log.info("access rules in force",
                    {{"revision", static_cast<int64_t>(current_->revision())}});
    publish_(current_);
    return;
  }
  // The writer replaces the file before it announces it, so this is damage, not haste.
  if (refused_ == announced) return;
  refused_ = announced;
  current_ = nullptr;
  const std::string reason = next ? "the snapshot is of another epoch" : next.error().message;
  parts_.log.error("access rules cannot be read, nobody is admitted",
                   {{"reason", std::string_view(reason)}});
  publish_(nullptr);
}

void AccessKeeper::arm() {
  loop().timers().arm(*this, loop().now() + kPause);
}

void AccessKeeper::on_timeout() {
  check();
  arm();
}

}  // namespace srasta::gateway
