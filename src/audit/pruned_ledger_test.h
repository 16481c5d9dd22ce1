#pragma once

#include "audit/epoch_keys.h"
#include "audit/pruned_prefix.h"
#include "audit/segment.h"
#include "audit/signed_ledger_test.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <string>
#include <utility>

namespace srasta::audit {

/// For tests: what a record `log.pruned` about a stream must say.
inline PrunedPrefix prefix_of(const SignedStream& stream, uint64_t upto, uint64_t size) {
  PrunedPrefix pruned{.stream = stream.name,
                      .leaf = stream.leaves.at(upto - 1),
                      .size = size,
                      .root = tlog::naive_root(std::span(stream.leaves).first(size))};
  for (uint64_t seq = 0; seq < upto; ++seq) pruned.tree.append(stream.leaves[seq]);
  while (pruned.epoch + 1 < stream.begins.size() && stream.begins[pruned.epoch + 1] <= upto) {
    ++pruned.epoch;
  }
  pruned.epoch_from = stream.begins[pruned.epoch];
  pruned.epoch_key = key_bytes(stream.epochs[pruned.epoch]->verifier());
  return pruned;
}

inline std::string hex_of(const crypto::Digest& digest) {
  return base::to_hex(crypto::bytes_of(digest));
}

/// For tests: the members of such a record.
inline std::string pruned_data(const PrunedPrefix& pruned) {
  std::string roots;
  for (const crypto::Digest& hash : pruned.tree.hashes()) roots += hex_of(hash);
  return fmt::format(
      R"("epoch":{},"epoch_from":{},"from":{},"key":"{}","leaf":"{}","root":"{}","roots":"{}",)"
      R"("size":{},"stream":"{}","upto":{})",
      pruned.epoch, pruned.epoch_from, pruned.from, hex_of(pruned.epoch_key), hex_of(pruned.leaf),
      hex_of(pruned.root), roots, pruned.size, pruned.stream, pruned.upto());
}

/// For tests: the stream `operator`, which is made if it is not there.
inline SignedStream& operator_of(SignedLedger& ledger) {
  const std::string name(kOperatorStream);
  if (!ledger.streams.contains(name)) ledger.add(name);
  return ledger[name];
}

/// For tests: `operator` says it, and a checkpoint covers that.
inline void allow_prune(SignedLedger& ledger, const PrunedPrefix& pruned) {
  operator_of(ledger).append("log.pruned", pruned_data(pruned));
  ledger.sign(std::string(kOperatorStream));
}

/// For tests: the files without the segments of `gateway` before record `upto`.
inline void remove_segments(Contents& files, uint64_t from, uint64_t upto) {
  std::erase_if(files, [&](const auto& file) {
    const std::string_view path = file.first;
    constexpr std::string_view kFolder = "/data/audit/gateway/seg/";
    if (!path.starts_with(kFolder)) return false;
    const auto first = parse_segment_name(path.substr(kFolder.size()));
    return first >= from && first < upto;
  });
}

/// For tests: `example_ledger` with `gateway` in segments of seven records, boundaries at 7, 14, 21
/// and 28; its epochs begin with 11 and 21 records, its last checkpoint has 29.
inline SignedLedger segmented_ledger() {
  SignedLedger ledger = example_ledger();
  ledger["gateway"].records_in_segment = 7;
  return ledger;
}

}  // namespace srasta::audit
