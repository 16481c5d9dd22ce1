#include "audit/stream_lock.h"

#include "audit/stored_line.h"
#include "base/encoding.h"

#include <array>

namespace srasta::audit {

base::Result<StreamLock> StreamLock::take(base::FileSystem& files,
                                          const std::string& stream_folder) {
  StreamLock lock(files, stream_folder + "/LOCK");
  SRASTA_TRY_ASSIGN(lock.file_, files.open(lock.path_, base::OpenMode::ReadWrite));
  SRASTA_TRY(lock.file_->lock());
  SRASTA_TRY_ASSIGN(lock.identity_, lock.file_->identity());
  std::array<char, 256> note{};
  SRASTA_TRY_ASSIGN(const size_t size, lock.file_->read_at(0, note));
  const std::string_view text(note.data(), size);
  if (text.ends_with("}\n")) {
    lock.last_fence_ = base::parse_u64(find_raw_member(text, "\"fence\":")).value_or(0);
  }
  return lock;
}

base::Result<void> StreamLock::note_writer(std::string_view boot, uint64_t fence) {
  std::string note = "{\"boot\":\"";
  note.append(boot).append("\",\"fence\":").append(std::to_string(fence)).append("}\n");
  SRASTA_TRY(file_->truncate(0));
  SRASTA_TRY(file_->append(note));
  return file_->sync();
}

base::Result<void> StreamLock::check() {
  const auto there = files_->identity(path_);
  if (!there && there.error().code != base::Code::NotFound) return there.error();
  if (there && there->device == identity_.device && there->inode == identity_.inode) return {};
  return base::make_error(base::Code::Corrupt, path_ + " was replaced or removed");
}

}  // namespace srasta::audit
