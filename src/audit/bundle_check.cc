#include "audit/bundle.h"
#include "audit/bundle_heads.h"
#include "audit/bundle_members.h"
#include "audit/stored_line.h"
#include "tlog/proof_text.h"

#include <map>
#include <memory>
#include <utility>

namespace srasta::audit {
namespace {

using base::Code;
using base::Result;
using Member = BundleMembers::Member;

/// Of what is kept while the rest is read: notes and keys.
constexpr uint64_t kMostKeptBytes = uint64_t{64} << 20;

base::Error corrupt(std::string_view member, const std::string& what) {
  return base::make_error(Code::Corrupt, std::string(member) + ": " + what);
}

bool is_proof(const Member& member) {
  return member.name.starts_with("proofs/");
}

bool is_kept(const Member& member) {
  return member.name == kBundleReadme || member.name == kBundleCheckpoint ||
         member.name == kBundleCosigned || member.name == kBundleGrowth ||
         member.name.starts_with("keys/");
}

class BundleChecker {
 public:
  BundleChecker(base::File& file, const BundleOptions& options)
      : file_(file), members_(file), options_(options) {}

  Result<BundleReport> run() {
    SRASTA_TRY(find_members());
    SRASTA_TRY(check_manifest());
    members_.rewind();
    while (true) {
      SRASTA_TRY_ASSIGN(const auto member, members_.next());
      if (!member || member->name == kBundleManifest) break;
      SRASTA_TRY(check(*member));
    }
    SRASTA_TRY(check_counts());
    return BundleReport{std::move(manifest_), heads_->cosigned, heads_->witnessed};
  }

 private:
  Result<void> find_members() {
    while (true) {
      SRASTA_TRY_ASSIGN(const auto member, members_.next());
      if (!member) break;
      if (member->name == kBundleRecords) records_ = *member;
      if (member->name == kBundleManifest) manifest_member_ = *member;
    }
    return records_.name.empty() ? corrupt(kBundleRecords, "missing") : Result<void>();
  }

  /// Its hash of itself, and its head; `listing_` then stands at the first of the other members.
  Result<void> check_manifest() {
    Member body = manifest_member_;
    if (body.size < kManifestEndBytes) return corrupt(kBundleManifest, "not a manifest");
    body.size -= kManifestEndBytes;
    SRASTA_TRY_ASSIGN(const crypto::Digest hash, members_.hash(body));
    SRASTA_TRY_ASSIGN(const std::string end, members_.content({.name = body.name,
                                                               .size = kManifestEndBytes,
                                                               .at = body.at + body.size}));
    if (end != manifest_end(hash)) return corrupt(kBundleManifest, "its own hash is another");
    listing_ = std::make_unique<LineReader>(file_, manifest_member_.at);
    std::string head;
    for (size_t i = 0; i < kManifestHeadLines; ++i) {
      SRASTA_TRY_ASSIGN(const std::string line, next_of(*listing_));
      head += line;
    }
    auto manifest = parse_manifest_head(head);
    if (!manifest) return corrupt(kBundleManifest, "not a manifest");
    manifest_ = *std::move(manifest);
    return {};
  }

  /// With its LF; empty where there is none.
  static Result<std::string> next_of(LineReader& lines) {
    SRASTA_TRY_ASSIGN(const auto line, lines.next());
    if (!line || !line->complete) return std::string();
    return std::string(line->text) + "\n";
  }

  Result<void> check(const Member& member) {
    SRASTA_TRY_ASSIGN(const crypto::Digest hash, members_.hash(member));
    SRASTA_TRY_ASSIGN(const std::string listed, next_of(*listing_));
    const std::string_view end = member.name == kBundleRecords ? "\n" : ",\n";
    if (listed != manifest_line(member.name, member.size, hash).append(end)) {
      return corrupt(member.name, "not what manifest.json says");
    }
    if (is_kept(member)) return keep(member);
    if (!heads_) SRASTA_TRY(check_heads());
    if (is_proof(member)) return check_proof(member);
    if (member.name == kBundleRecords) return check_end_of_records();
    return corrupt(member.name, "unknown member");
  }

  Result<void> keep(const Member& member) {
    kept_bytes_ += member.size;
    if (kept_bytes_ > kMostKeptBytes) return corrupt(member.name, "too large");
    SRASTA_TRY_ASSIGN(kept_[member.name], members_.content(member));
    return {};
  }

  Result<void> check_heads() {
    SRASTA_TRY_ASSIGN(auto heads, check_bundle_heads(kept_, manifest_, options_));
    heads_ = std::make_unique<BundleHeads>(std::move(heads));
    records_read_ = std::make_unique<LineReader>(file_, records_.at);
    return {};
  }

  Result<void> check_proof(const Member& member) {
    const auto refused = [&] { return corrupt(member.name, "does not prove its record"); };
    if (member.size > tlog::kMostProofTextBytes) return refused();
    SRASTA_TRY_ASSIGN(const std::string text, members_.content(member));
    const auto proof = tlog::parse_proof_text(text);
    // One note for all, so that its signatures are checked once.
    if (!proof || proof->note != heads_->note) return refused();
    const std::optional<std::string>& extra = proof->extra;
    if (!extra) return refused();
    const auto record = parse_stored_record(*extra);
    if (!record || record->seq != proof->index ||
        member.name != bundle_proof_name(manifest_.stream, proof->index) ||
        !tlog::verify_inclusion(proof->index, proof->checkpoint.size, record->leaf, proof->proof,
                                proof->checkpoint.root)) {
      return refused();
    }
    SRASTA_TRY_ASSIGN(const std::string line, next_of(*records_read_));
    if (line != *extra + "\n") return other_records();
    records_bytes_ += line.size();
    if (count_ == 0) first_ = record->seq;
    last_ = record->seq;
    ++count_;
    return {};
  }

  static base::Error other_records() {
    return corrupt(kBundleRecords, "not the records that are proven");
  }

  Result<void> check_end_of_records() const {
    return records_bytes_ == records_.size ? Result<void>() : other_records();
  }

  Result<void> check_counts() {
    SRASTA_TRY_ASSIGN(const std::string end, next_of(*listing_));
    const tlog::Checkpoint& checkpoint = heads_->checkpoint;
    const bool same = end == kManifestMembersEnd && count_ > 0 && manifest_.records == count_ &&
                      manifest_.first == first_ && manifest_.last == last_ &&
                      manifest_.size == checkpoint.size && manifest_.root == checkpoint.root;
    return same ? Result<void>()
                : corrupt(kBundleManifest, "says something else than the other members");
  }

  base::File& file_;
  BundleMembers members_;
  const BundleOptions& options_;
  Member records_;
  Member manifest_member_;
  BundleManifest manifest_;
  std::unique_ptr<LineReader> listing_;
  std::map<std::string, std::string> kept_;
  uint64_t kept_bytes_ = 0;
  std::unique_ptr<BundleHeads> heads_;
  std::unique_ptr<LineReader> records_read_;
  uint64_t records_bytes_ = 0;
  uint64_t count_ = 0;
  uint64_t first_ = 0;
  uint64_t last_ = 0;
};

}  // namespace

Result<BundleReport> check_bundle(base::FileSystem& files, const std::string& path,
                                  const BundleOptions& options) {
  auto file = files.open(path, base::OpenMode::Read);
  if (!file) return std::move(file).error();
  return BundleChecker(**file, options).run();
}

}  // namespace srasta::audit
