#include "audit/tree_head.h"

#include "audit/epoch.h"
#include "audit/under_way.h"
#include "base/check.h"

#include <utility>

namespace srasta::audit {

base::Result<void> sign_epoch_end(const TreeHead::Place& place, const EpochKeys& keys,
                                  uint64_t epoch, uint64_t size, const crypto::Digest& root,
                                  const tlog::SignerKey& key) {
  SRASTA_TRY_ASSIGN(const SignedHead end, sign_head(place.origin, size, root, key));
  SRASTA_TRY(write_head(*place.files, place.folder + "/" + epoch_end_file(epoch), end));
  SRASTA_TRY(write_head(*place.files, place.folder + "/head", end));
  return keys.destroy(epoch);
}

base::Result<void> TreeHead::sign() {
  SRASTA_TRY(end_epoch());
  if (unsigned_records() == 0) return {};
  SRASTA_TRY_ASSIGN(const SignedHead head,
                    sign_head(place_.origin, tree_.size(), tree_.root(), epoch_.key));
  SRASTA_TRY(write_head(*place_.files, place_.folder + "/head", head));
  signed_size_ = tree_.size();
  return {};
}

base::Result<void> TreeHead::tell_under_way(std::vector<Completeness::Begun> begun) const {
  SRASTA_CHECK(!ending_ && unsigned_records() == 0, "what is told of is signed");
  return write_under_way(*place_.files, place_.folder, place_.origin,
                         {.size = tree_.size(), .root = tree_.root(), .begun = std::move(begun)},
                         epoch_.key);
}

base::Result<crypto::Digest> TreeHead::prepare_epoch() {
  SRASTA_TRY_ASSIGN(auto key, keys_.make(epoch_.number + 1));
  const crypto::Digest bytes = key_bytes(key.verifier());
  prepared_ = std::move(key);
  return bytes;
}

void TreeHead::begin_epoch(base::WallTime now) {
  tlog::SignerKey* const key = prepared_ ? &*prepared_ : nullptr;
  SRASTA_CHECK(key != nullptr && !ending_, "an epoch is prepared before it begins");
  ending_ = Ending{.next = {epoch_.number + 1, now, std::move(*key)},
                   .size = tree_.size(),
                   .root = tree_.root()};
  prepared_.reset();
}

base::Result<void> TreeHead::end_epoch() {
  Ending* const ending = ending_ ? &*ending_ : nullptr;
  if (ending == nullptr) return {};
  SRASTA_TRY(sign_epoch_end(place_, keys_, epoch_.number, ending->size, ending->root, epoch_.key));
  signed_size_ = ending->size;
  epoch_ = std::move(ending->next);
  ending_.reset();
  return {};
}

}  // namespace srasta::audit
