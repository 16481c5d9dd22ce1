#include "audit/epoch_sequence.h"

#include "audit/epoch.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {
namespace {

constexpr uint64_t kMostKeyFileBytes = 1024;

bool may_be_there(base::Code code) {
  return code != base::Code::NotFound && code != base::Code::TooLarge;
}

}  // namespace

base::Result<std::optional<tlog::VerifierKey>> read_epoch_key(base::FileSystem& files,
                                                              const std::string& stream_folder,
                                                              const std::string& origin,
                                                              uint64_t epoch) {
  const std::string path = stream_folder + "/" + epoch_public_file(epoch);
  auto text = base::read_file(files, path, kMostKeyFileBytes);
  if (!text && may_be_there(text.error().code)) return std::move(text).error();
  if (!text || !text->ends_with('\n')) return std::optional<tlog::VerifierKey>();
  text->pop_back();
  auto key = tlog::VerifierKey::parse(*text);
  if (!key || key->name() != epoch_key_name(origin, epoch) ||
      key->type() != tlog::SignatureType::Ed25519) {
    return std::optional<tlog::VerifierKey>();
  }
  return std::optional(*std::move(key));
}

void EpochSequence::begin(tlog::VerifierKey key, std::optional<uint64_t> seq) {
  keys_.push_back(std::move(key));
  begins_.push_back(seq ? *seq + 1 : 0);
}

void EpochSequence::resume(uint64_t number, tlog::VerifierKey key, uint64_t size) {
  first_ = number;
  keys_.clear();
  keys_.push_back(std::move(key));
  begins_.assign(1, size);
}

uint64_t EpochSequence::of_size(uint64_t size) const {
  const auto after = std::ranges::lower_bound(begins_, size) - begins_.begin();
  return first_ + (after == 0 ? 0 : static_cast<uint64_t>(after) - 1);
}

std::optional<uint64_t> EpochSequence::end_of(uint64_t epoch) const {
  if (epoch < first_ || epoch - first_ + 1 >= begins_.size()) return std::nullopt;
  return begins_[epoch - first_ + 1];
}

}  // namespace srasta::audit
