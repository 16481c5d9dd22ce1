#pragma once

#include "tlog/testing/naive_tree.h"
#include "tlog/testing/test_keys.h"
#include "tlog/tree_hash.h"
#include "tlog/witness_request.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace srasta::witness {

/// A log of a few numbered leaves that signs checkpoints and makes requests to witnesses.
class SmallLog {
 public:
  explicit SmallLog(std::string origin = "example.com/log")
      : key_(std::make_shared<const tlog::SignerKey>(tlog::new_signer(origin))),
        origin_(std::move(origin)) {
    grow_as("");
  }

  /// The same log with another history from leaf `from` on.
  [[nodiscard]] SmallLog forked_at(size_t from) const {
    SmallLog fork = *this;
    fork.leaves_.resize(from);
    fork.grow_as("fork");
    return fork;
  }

  [[nodiscard]] const tlog::VerifierKey& key() const { return key_->verifier(); }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] crypto::Digest root(size_t size) const {
    return tlog::naive_root(std::span(leaves_).first(size));
  }
  [[nodiscard]] tlog::Proof proof(size_t old_size, size_t size) const {
    if (old_size == 0 || old_size == size) return {};
    return tlog::naive_subproof(old_size, std::span(leaves_).first(size), true);
  }
  [[nodiscard]] tlog::Note note(size_t size) const { return note(size, *key_); }
  [[nodiscard]] tlog::Note note(size_t size, const tlog::SignerKey& signer) const {
    const std::string text = *tlog::write_checkpoint(origin_, size, root(size));
    return {.text = text, .signatures = {*tlog::sign_text(text, signer)}};
  }
  [[nodiscard]] std::string request(size_t old_size, size_t size) const {
    return request(old_size, proof(old_size, size), note(size));
  }
  [[nodiscard]] static std::string request(size_t old_size, tlog::Proof proof, tlog::Note note) {
    return *tlog::write_witness_request(
        {.old_size = old_size, .proof = std::move(proof), .note = std::move(note)});
  }

 private:
  void grow_as(const std::string& history) {
    while (leaves_.size() < kLeaves) {
      leaves_.push_back(tlog::leaf_hash(history + std::to_string(leaves_.size())));
    }
  }

  static constexpr size_t kLeaves = 40;
  std::shared_ptr<const tlog::SignerKey> key_;
  std::string origin_;
  std::vector<crypto::Digest> leaves_;
};

}  // namespace srasta::witness
