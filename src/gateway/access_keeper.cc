#include "gateway/access_keeper.h"

#include "base/encoding.h"
#include "base/weak_secret.h"

namespace srasta::gateway {
namespace {

/// With the checks of open streams, well inside the second in which a revocation must be seen.
constexpr base::Millis kPause{100};

bool is_weak_key(const base::Secret& key) {
  auto bytes = base::from_hex(key.expose());
  const bool weak = base::is_weak_secret(key.expose()) || (bytes && base::is_weak_secret(*bytes));
  if (bytes) base::wipe(*bytes);
  return weak;
}

}  // namespace

AccessKeeper::AccessKeeper(Parts parts, std::unique_ptr<const base::SharedWord> epoch,
                           Publish publish)
    : parts_(std::move(parts)), epoch_(std::move(epoch)), publish_(std::move(publish)) {}

base::Result<std::unique_ptr<AccessKeeper>> AccessKeeper::open(Parts parts, Publish publish) {
  // Whoever knows the key makes the rules.
  if (is_weak_key(parts.key)) {
    return base::make_error(base::Code::Invalid,
                            "keys/access.key is one byte repeated; remove it, and `srasta up` "
                            "makes a new one");
  }
  auto epoch = base::SharedWord::open(parts.files.epoch);
  if (!epoch) {
    epoch.error().message += "; start with `srasta up` or `srasta serve api`, which make it";
    return std::move(epoch).error();
  }
  auto keeper =
      std::make_unique<AccessKeeper>(std::move(parts), *std::move(epoch), std::move(publish));
  // What is damaged can be mended while the gateway runs; until then nobody is admitted.
  keeper->check();
  return keeper;
}

void AccessKeeper::check() {
  if (replaced_) return;
  const uint64_t announced = epoch_->load();
  if (current_ && current_->epoch() == announced) return;
  auto next = access::read_snapshot(parts_.files.snapshot, parts_.key.expose());
  if (next && (*next)->epoch() == announced) {
    current_ = *std::move(next);
    parts_.log.info("access rules in force",
                    {{"revision", static_cast<int64_t>(current_->revision())}});
    publish_(current_);
    return;
  }
  // The writer replaces the file before it announces it, so this is damage, not haste.
  if (refused_ == announced + 1) return;
  refused_ = announced + 1;
  admit_nobody(next ? "the snapshot is of another epoch" : next.error().message);
}

void AccessKeeper::admit_nobody(const std::string& reason) {
  current_ = nullptr;
  parts_.log.error("access rules cannot be read, nobody is admitted",
                   {{"reason", std::string_view(reason)}});
  publish_(nullptr);
}

void AccessKeeper::arm() {
  loop().timers().arm(*this, loop().now() + kPause);
}

void AccessKeeper::on_timeout() {
  if (!replaced_ && epoch_->replaced()) {
    replaced_ = true;
    admit_nobody(parts_.files.epoch + " was replaced; restart the gateway");
  }
  check();
  arm();
}

}  // namespace srasta::gateway
