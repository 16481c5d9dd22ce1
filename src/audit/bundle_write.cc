#include "audit/bundle.h"
#include "audit/bundle_archive.h"
#include "audit/bundle_readme.h"
#include "audit/epoch.h"
#include "audit/install_id.h"
#include "audit/intact_records.h"
#include "audit/proofs.h"
#include "audit/stored_line.h"
#include "tlog/witness_request.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

using base::Code;
using base::make_error;
using base::Result;

constexpr uint64_t kMostKeyFileBytes = 1024;
constexpr size_t kMostFilterBytes = 256;

/// What stands in records needs no escaping; a filter that needs it fits none.
bool may_fit(const std::string& filter) {
  return filter.size() <= kMostFilterBytes && std::ranges::all_of(filter, [](char c) {
           return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '{' && c != '}';
         });
}

Result<std::string> filters_of(const Query& query) {
  using Member = std::pair<std::string_view, const std::optional<std::string>*>;
  std::string members;
  for (const auto& [name, value] :
       {Member{"act", &query.act}, Member{"actor", &query.actor}, Member{"out", &query.outcome},
        Member{"request", &query.request}, Member{"since", &query.since},
        Member{"tenant", &query.tenant}, Member{"until", &query.until}}) {
    if (!*value) continue;
    if (!may_fit(**value)) {
      return make_error(Code::Invalid, "no record has such a value: --" + std::string(name));
    }
    members += fmt::format("{}\"{}\":\"{}\"", members.empty() ? "" : ",", name, **value);
  }
  return members;
}

class BundleMaker {
 public:
  BundleMaker(base::FileSystem& files, const BundleRequest& request, ProvingStream stream,
              RecordProver prover, std::unique_ptr<BundleArchive> archive)
      : files_(files),
        request_(request),
        stream_(std::move(stream)),
        prover_(std::move(prover)),
        archive_(std::move(archive)) {
    manifest_.size = prover_.head().checkpoint.size;
    manifest_.root = prover_.head().checkpoint.root;
    manifest_.stream = request.stream;
    manifest_.time = base::format_utc(request.time);
  }

  Result<BundleManifest> make(std::string installation, std::string filters,
                              const std::optional<SignedHead>& cosigned) {
    manifest_.installation = std::move(installation);
    manifest_.filters = std::move(filters);
    SRASTA_TRY(archive_->add(kBundleReadme, bundle_readme(request_.stream)));
    SRASTA_TRY(add_checkpoints(cosigned));
    SRASTA_TRY(add_keys());
    SRASTA_TRY(read_intact_records(files_, stream_.folder,
                                   [&](const Found& record) { return take(record); }));
    if (manifest_.records == 0) return manifest_;
    SRASTA_TRY(archive_->finish(manifest_));
    SRASTA_TRY(check_bundle(files_, archive_->draft(), {}));
    SRASTA_TRY(archive_->publish());
    return manifest_;
  }

 private:
  /// Proofs lead to one checkpoint. What witnesses cosigned is that one, or one before it.
  Result<void> add_checkpoints(const std::optional<SignedHead>& cosigned) {
    note_ = prover_.head().note;
    if (cosigned && cosigned->note.text == note_.text) note_ = cosigned->note;
    SRASTA_TRY(archive_->add(kBundleCheckpoint, tlog::write_note(note_)));
    if (!cosigned || cosigned->note.text == note_.text) return {};
    SRASTA_TRY(archive_->add(kBundleCosigned, tlog::write_note(cosigned->note)));
    auto growth = prover_.growth_from(cosigned->checkpoint);
    if (!growth) {
      return make_error(Code::Corrupt, "the checkpoint does not continue what was cosigned: " +
                                           growth.error().message);
    }
    SRASTA_TRY_ASSIGN(const std::string text,
                      tlog::write_witness_request({.old_size = cosigned->checkpoint.size,
                                                   .proof = *std::move(growth),
                                                   .note = note_,
                                                   .checkpoint = prover_.head().checkpoint}));
    return archive_->add(kBundleGrowth, text);
  }

  Result<void> add_keys() {
    SRASTA_TRY_ASSIGN(const auto names, files_.list(stream_.folder));
    for (const std::string& name : names) {
      if (!parse_epoch_public_file(name)) continue;
      SRASTA_TRY_ASSIGN(const std::string key,
                        base::read_file(files_, stream_.folder + "/" + name, kMostKeyFileBytes));
      SRASTA_TRY(archive_->add("keys/" + name, key));
    }
    SRASTA_TRY_ASSIGN(
        const std::string key,
        base::read_file(files_, request_.audit_folder + "/keys/log.pub", kMostKeyFileBytes));
    return archive_->add(kBundleLogKey, key);
  }

  Result<void> take(const Found& record) {
    if (!fits(record, request_.query)) return {};
    if (record.seq >= manifest_.size) {
      ++manifest_.not_covered;
      return {};
    }
    SRASTA_TRY_ASSIGN(
        auto path,
        prover_.path_of(record.seq, leaf_in_line(record.line).value_or(crypto::Digest())));
    SRASTA_TRY_ASSIGN(const std::string text,
                      tlog::write_proof_text({.extra = std::string(record.line),
                                              .index = record.seq,
                                              .proof = std::move(path),
                                              .note = note_,
                                              .checkpoint = prover_.head().checkpoint}));
    SRASTA_TRY(archive_->add(bundle_proof_name(request_.stream, record.seq), text));
    SRASTA_TRY(archive_->add_record(record.line));
    if (manifest_.records == 0) manifest_.first = record.seq;
    manifest_.last = record.seq;
    ++manifest_.records;
    return {};
  }

  base::FileSystem& files_;
  const BundleRequest& request_;
  const ProvingStream stream_;
  RecordProver prover_;
  std::unique_ptr<BundleArchive> archive_;
  tlog::Note note_;
  BundleManifest manifest_;
};

}  // namespace

std::string bundle_proof_name(std::string_view stream, uint64_t seq) {
  return fmt::format("proofs/{}/{:020}.tlog-proof", stream, seq);
}

Result<BundleManifest> write_bundle(base::FileSystem& files, const BundleRequest& request) {
  SRASTA_TRY_ASSIGN(std::string filters, filters_of(request.query));
  SRASTA_TRY_ASSIGN(std::string id, read_install_id(files, request.audit_folder));
  ProvingStream stream{.files = &files,
                       .folder = request.audit_folder + "/" + request.stream,
                       .origin = id + "/" + request.stream};
  // Before the checkpoint, which only grows.
  SRASTA_TRY_ASSIGN(const auto cosigned,
                    read_head(files, stream.folder + "/cosigned", stream.origin));
  SRASTA_TRY_ASSIGN(auto prover, RecordProver::open(stream));
  SRASTA_TRY_ASSIGN(auto archive, BundleArchive::create(files, request.out));
  return BundleMaker(files, request, std::move(stream), std::move(prover), std::move(archive))
      .make(std::move(id), std::move(filters), cosigned);
}

}  // namespace srasta::audit
