#include "audit/pruned_prefix.h"

#include "audit/epoch.h"
#include "audit/stored_line.h"
#include "audit/stream_name.h"
#include "base/encoding.h"

namespace srasta::audit {
namespace {

std::optional<tlog::CompactRange> tree_of(uint64_t size, std::string_view hex) {
  constexpr size_t kDigits = 64;
  std::vector<crypto::Digest> hashes;
  for (; !hex.empty(); hex.remove_prefix(kDigits)) {
    if (hex.size() < kDigits) return std::nullopt;
    const auto hash = parse_digest(hex.substr(0, kDigits));
    if (!hash) return std::nullopt;
    hashes.push_back(*hash);
  }
  auto tree = tlog::CompactRange::restore(size, hashes);
  if (!tree) return std::nullopt;
  return *std::move(tree);
}

bool could_be_true(const PrunedPrefix& pruned) {
  return is_stream_name(pruned.stream) && pruned.stream != kOperatorStream &&
         pruned.from < pruned.upto() && pruned.upto() < pruned.size &&
         pruned.size <= static_cast<uint64_t>(kMaxInteger) && pruned.epoch < kMostEpochs &&
         pruned.epoch_from <= pruned.upto() && (pruned.epoch == 0) == (pruned.epoch_from == 0);
}

}  // namespace

std::optional<PrunedPrefix> read_pruned(const CheckedRecord& record) {
  if (!record.is("log.pruned")) return std::nullopt;
  const auto number = [&record](std::string_view member) {
    return base::parse_u64(record.data(member));
  };
  const auto from = number(R"("from":)");
  const auto upto = number(R"("upto":)");
  const auto size = number(R"("size":)");
  const auto epoch = number(R"("epoch":)");
  const auto epoch_from = number(R"("epoch_from":)");
  const auto root = parse_digest(record.data(R"("root":")"));
  const auto leaf = parse_digest(record.data(R"("leaf":")"));
  const auto key = parse_digest(record.data(R"("key":")"));
  if (!from || !upto || !size || !epoch || !epoch_from || !root || !leaf || !key) {
    return std::nullopt;
  }
  const auto tree = tree_of(*upto, record.data(R"("roots":")"));
  if (!tree) return std::nullopt;
  PrunedPrefix pruned{.stream = std::string(record.data(R"("stream":")")),
                      .from = *from,
                      .tree = *tree,
                      .leaf = *leaf,
                      .size = *size,
                      .root = *root,
                      .epoch = *epoch,
                      .epoch_from = *epoch_from,
                      .epoch_key = *key,
                      .seq = record.seq};
  if (!could_be_true(pruned)) return std::nullopt;
  return pruned;
}

Event pruned_event(const PrunedPrefix& pruned, std::span<const crypto::Digest> roots) {
  Event event{.act = Act::LogPruned, .outcome = Outcome::Ok};
  event.data.add("epoch", pruned.epoch)
      .add("epoch_from", pruned.epoch_from)
      .add("from", pruned.from)
      .add("key", pruned.epoch_key)
      .add("leaf", pruned.leaf)
      .add("root", pruned.root)
      .add("roots", Digests{roots})
      .add("size", pruned.size)
      .add("stream", Label(std::string_view(pruned.stream)))
      .add("upto", pruned.upto());
  return event;
}

std::optional<PrunedPrefix> prune_for(std::span<const PrunedPrefix> prunes, uint64_t first) {
  std::optional<PrunedPrefix> best;
  if (first == 0) return best;
  uint64_t smallest = 0;
  for (const PrunedPrefix& pruned : prunes) {
    const uint64_t upto = pruned.upto();
    if (upto < first || (smallest != 0 && smallest <= upto)) continue;
    smallest = upto;
    best = pruned;
  }
  return best;
}

}  // namespace srasta::audit
