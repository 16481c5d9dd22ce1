#include "audit/bundle_archive.h"

#include "audit/bundle.h"
#include "audit/growing_file.h"
#include "audit/ustar.h"

#include <functional>
#include <utility>

namespace srasta::audit {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

base::Result<void> each_piece(base::File& file, uint64_t size,
                              const std::function<base::Result<void>(std::string_view)>& visit) {
  std::string piece(kPiece, '\0');
  for (uint64_t at = 0; at < size;) {
    SRASTA_TRY_ASSIGN(const size_t got, file.read_at(at, piece));
    if (got == 0) return base::make_error(base::Code::Io, "a draft of the bundle was shortened");
    SRASTA_TRY(visit(std::string_view(piece).substr(0, got)));
    at += got;
  }
  return {};
}

}  // namespace

struct BundleArchive::Drafts {
  GrowingFile archive;
  GrowingFile records;
  crypto::Sha256 records_hash;
  GrowingFile listing;  ///< lines of the manifest
  bool published = false;
};

BundleArchive::BundleArchive(base::FileSystem& files, std::string path,
                             std::unique_ptr<Drafts> drafts)
    : files_(files), path_(std::move(path)), drafts_(std::move(drafts)) {}

base::Result<std::unique_ptr<BundleArchive>> BundleArchive::create(base::FileSystem& files,
                                                                   std::string path) {
  const std::string draft = path + ".part";
  SRASTA_TRY_ASSIGN(auto archive, GrowingFile::create(files, draft));
  SRASTA_TRY_ASSIGN(auto records, GrowingFile::create(files, draft + ".records"));
  SRASTA_TRY_ASSIGN(auto listing, GrowingFile::create(files, draft + ".files"));
  auto drafts = std::make_unique<Drafts>(
      Drafts{std::move(archive), std::move(records), {}, std::move(listing)});
  return std::make_unique<BundleArchive>(files, std::move(path), std::move(drafts));
}

BundleArchive::~BundleArchive() {
  (void)files_.remove(draft() + ".records");
  (void)files_.remove(draft() + ".files");
  if (!drafts_->published) (void)files_.remove(draft());
}

base::Result<void> BundleArchive::begin(std::string_view name, uint64_t size) {
  const auto header = ustar_header({.name = std::string(name), .size = size});
  if (header) return drafts_->archive.append(*header);
  return base::make_error(base::Code::TooLarge,
                          std::string(name) + " is too large for one bundle; export less at once");
}

base::Result<void> BundleArchive::pad(uint64_t size) {
  return drafts_->archive.append(std::string(ustar_padding(size), '\0'));
}

base::Result<void> BundleArchive::list(std::string_view name, uint64_t size,
                                       const crypto::Digest& hash) {
  const std::string_view before = drafts_->listing.size() == 0 ? "" : ",\n";
  return drafts_->listing.append(std::string(before) + manifest_line(name, size, hash));
}

base::Result<void> BundleArchive::add(std::string_view name, std::string_view content) {
  SRASTA_TRY(begin(name, content.size()));
  SRASTA_TRY(drafts_->archive.append(content));
  SRASTA_TRY(pad(content.size()));
  return list(name, content.size(), crypto::sha256(content));
}

base::Result<void> BundleArchive::add_record(std::string_view line) {
  drafts_->records_hash.update(line);
  drafts_->records_hash.update("\n");
  SRASTA_TRY(drafts_->records.append(line));
  return drafts_->records.append("\n");
}

base::Result<void> BundleArchive::add_records() {
  GrowingFile& records = drafts_->records;
  SRASTA_TRY(records.flush());
  SRASTA_TRY(begin(kBundleRecords, records.size()));
  SRASTA_TRY(each_piece(records.file(), records.size(),
                        [&](std::string_view piece) { return drafts_->archive.append(piece); }));
  SRASTA_TRY(pad(records.size()));
  return list(kBundleRecords, records.size(), drafts_->records_hash.finish());
}

base::Result<void> BundleArchive::add_manifest(const std::string& head) {
  GrowingFile& listing = drafts_->listing;
  SRASTA_TRY(listing.append("\n"));
  SRASTA_TRY(listing.append(kManifestMembersEnd));
  SRASTA_TRY(listing.flush());
  const uint64_t size = head.size() + listing.size() + kManifestEndBytes;
  SRASTA_TRY(begin(kBundleManifest, size));
  crypto::Sha256 hash;
  hash.update(head);
  SRASTA_TRY(drafts_->archive.append(head));
  SRASTA_TRY(each_piece(listing.file(), listing.size(), [&](std::string_view piece) {
    hash.update(piece);
    return drafts_->archive.append(piece);
  }));
  SRASTA_TRY(drafts_->archive.append(manifest_end(hash.finish())));
  return pad(size);
}

base::Result<void> BundleArchive::finish(const BundleManifest& manifest) {
  SRASTA_TRY(add_records());
  SRASTA_TRY(add_manifest(manifest_head(manifest)));
  SRASTA_TRY(drafts_->archive.append(std::string(kUstarEnd, '\0')));
  SRASTA_TRY(drafts_->archive.flush());
  return drafts_->archive.file().sync();
}

base::Result<void> BundleArchive::publish() {
  drafts_->published = true;
  return publish_draft(files_, draft(), path_);
}

}  // namespace srasta::audit
