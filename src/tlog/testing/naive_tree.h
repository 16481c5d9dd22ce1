#pragma once

#include "base/encoding.h"
#include "tlog/node_reader.h"
#include "tlog/proof.h"
#include "tlog/tree_hash.h"

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace srasta::tlog {

/// The definitions of RFC 6962 section 2.1, written down as they stand there: slow, recursive,
/// nothing shared with the code under test but the hashes of leaves and nodes.
inline crypto::Digest naive_root(std::span<const crypto::Digest> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves[0];
  const size_t k = std::bit_floor(leaves.size() - 1);
  return node_hash(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

inline Proof naive_path(size_t m, std::span<const crypto::Digest> leaves) {
  if (leaves.size() <= 1) return {};
  const size_t k = std::bit_floor(leaves.size() - 1);
  Proof path = m < k ? naive_path(m, leaves.first(k)) : naive_path(m - k, leaves.subspan(k));
  path.push_back(m < k ? naive_root(leaves.subspan(k)) : naive_root(leaves.first(k)));
  return path;
}

inline Proof naive_subproof(size_t m, std::span<const crypto::Digest> leaves, bool whole) {
  if (m == leaves.size()) return whole ? Proof{} : Proof{naive_root(leaves)};
  const size_t k = std::bit_floor(leaves.size() - 1);
  Proof proof = m <= k ? naive_subproof(m, leaves.first(k), whole)
                       : naive_subproof(m - k, leaves.subspan(k), false);
  proof.push_back(m <= k ? naive_root(leaves.subspan(k)) : naive_root(leaves.first(k)));
  return proof;
}

/// Answers only for subtrees that lie wholly among its leaves.
class NaiveNodes final : public NodeReader {
 public:
  explicit NaiveNodes(std::span<const crypto::Digest> leaves) : leaves_(leaves) {}

  base::Result<crypto::Digest> node(unsigned level, uint64_t index) override {
    const uint64_t count = level < 20 ? uint64_t{1} << level : leaves_.size() + 1;
    if (count > leaves_.size() || (index + 1) * count > leaves_.size()) {
      return base::make_error(base::Code::NotFound, "no such subtree");
    }
    return naive_root(leaves_.subspan(index * count, count));
  }

 private:
  std::span<const crypto::Digest> leaves_;
};

inline std::vector<crypto::Digest> numbered_leaves(size_t count) {
  std::vector<crypto::Digest> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

inline crypto::Digest digest_of_hex(std::string_view hex) {
  return *crypto::digest_from(*base::from_hex(hex));
}

/// The eight leaves that the implementations of Certificate Transparency test with.
inline std::vector<crypto::Digest> reference_leaves() {
  std::vector<crypto::Digest> leaves;
  for (const char* body : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                           "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(leaf_hash(*base::from_hex(body)));
  }
  return leaves;
}

}  // namespace srasta::tlog
