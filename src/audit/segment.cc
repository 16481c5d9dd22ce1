#include "audit/segment.h"

#include "base/encoding.h"

namespace srasta::audit {
namespace {

constexpr std::string_view kExtension = ".jsonl";
constexpr size_t kDigits = 20;

bool same_file(const base::FileIdentity& a, const base::FileIdentity& b) {
  return a.device == b.device && a.inode == b.inode;
}

}  // namespace

std::string segment_name(uint64_t first_seq) {
  const std::string digits = std::to_string(first_seq);
  return std::string(kDigits - digits.size(), '0').append(digits).append(kExtension);
}

std::optional<uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kDigits + kExtension.size() || !name.ends_with(kExtension)) {
    return std::nullopt;
  }
  std::string_view digits = name.substr(0, kDigits);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return base::parse_u64(digits);
}

base::Result<std::unique_ptr<Segment>> Segment::create(base::FileSystem& files, std::string folder,
                                                       uint64_t first_seq) {
  const std::string path = folder + "/" + segment_name(first_seq);
  auto segment = std::make_unique<Segment>(Key{}, files, std::move(folder), path);
  // An empty file of this name is what an attempt left that failed before its name was durable.
  if (const auto left = files.identity(path); left && left->size == 0) {
    SRASTA_TRY(files.remove(path));
  }
  SRASTA_TRY_ASSIGN(segment->file_, files.open(path, base::OpenMode::CreateNew));
  SRASTA_TRY_ASSIGN(segment->identity_, segment->file_->identity());
  SRASTA_TRY(files.sync_folder(segment->folder_));
  return segment;
}

base::Result<std::unique_ptr<Segment>> Segment::resume(base::FileSystem& files, std::string folder,
                                                       uint64_t first_seq, uint64_t size) {
  const std::string path = folder + "/" + segment_name(first_seq);
  auto segment = std::make_unique<Segment>(Key{}, files, std::move(folder), path);
  SRASTA_TRY_ASSIGN(segment->file_, files.open(path, base::OpenMode::ReadWrite));
  SRASTA_TRY_ASSIGN(segment->identity_, segment->file_->identity());
  segment->size_ = size;
  SRASTA_TRY(segment->check());
  // What a killed writer left unsynced, the name included, counts as durable from now on, and the
  // next record may be written to another file.
  SRASTA_TRY(segment->file_->sync());
  SRASTA_TRY(files.sync_folder(segment->folder_));
  return segment;
}

base::Result<void> Segment::append(std::string_view lines) {
  auto written = write(lines);
  usable_ = written.ok();
  return written;
}

base::Result<void> Segment::write(std::string_view lines) {
  SRASTA_TRY(check());
  SRASTA_TRY(file_->append(lines));
  SRASTA_TRY(file_->sync());
  // Once more: nobody may be told that a record is safe in a file that was removed meanwhile.
  SRASTA_TRY(check_size(size_ + lines.size()));
  size_ += lines.size();
  return {};
}

base::Result<void> Segment::check_size(uint64_t expected) {
  const auto there = files_.identity(path_);
  if (!there && there.error().code != base::Code::NotFound) return there.error();
  SRASTA_TRY_ASSIGN(const base::FileIdentity held, file_->identity());
  if (there && same_file(*there, identity_) && held.links == 1 && held.size == expected) return {};
  return base::make_error(base::Code::Corrupt,
                          path_ + " was replaced, removed, linked or resized by somebody else");
}

base::Result<void> Segment::cut() {
  const auto there = files_.identity(path_);
  if (!there && there.error().code != base::Code::NotFound) return there.error();
  const bool removed_before = !there && size_ == 0;
  if (!removed_before && (!there || !same_file(*there, identity_) || there->size < size_)) {
    return base::make_error(base::Code::Corrupt, path_ + " was replaced, removed or shortened");
  }
  if (size_ == 0) {
    if (there) SRASTA_TRY(files_.remove(path_));
    return files_.sync_folder(folder_);
  }
  SRASTA_TRY_ASSIGN(const auto fresh, files_.open(path_, base::OpenMode::ReadWrite));
  SRASTA_TRY(fresh->truncate(size_));
  return fresh->sync();
}

}  // namespace srasta::audit
