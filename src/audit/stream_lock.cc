#include "audit/stream_lock.h"

#include "audit/label.h"
#include "audit/stored_line.h"
#include "base/encoding.h"
#include "base/host_name.h"

#include <array>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

/// What the writer noted; empty if there was none, or its note is torn.
base::Result<std::string> read_note(base::File& file) {
  std::array<char, 512> note{};
  SRASTA_TRY_ASSIGN(const size_t size, file.read_at(0, note));
  const std::string_view text(note.data(), size);
  return std::string(text.ends_with("}\n") ? text : std::string_view());
}

/// For the operator who looks for the other writer. One that has just taken the lock has not noted
/// itself yet, so this may be the writer before.
std::string holder_in(std::string_view note) {
  const std::string_view process = find_raw_member(note, "\"pid\":");
  const std::string_view host = find_raw_member(note, "\"host\":\"");
  const std::string_view since = find_raw_member(note, "\"since\":\"");
  if (process.empty() || host.empty() || since.empty()) return {};
  return fmt::format("; its note names process {} of host {}, since {}", process, host, since);
}

}  // namespace

base::Result<StreamLock> StreamLock::take(base::FileSystem& files,
                                          const std::string& stream_folder) {
  StreamLock lock(files, stream_folder + "/LOCK");
  SRASTA_TRY_ASSIGN(lock.file_, files.open(lock.path_, base::OpenMode::ReadWrite));
  if (auto taken = lock.file_->lock(); !taken) {
    if (taken.error().code == base::Code::Conflict) {
      const auto note = read_note(*lock.file_);
      if (note) taken.error().message += holder_in(*note);
    }
    return taken.error();
  }
  SRASTA_TRY_ASSIGN(lock.identity_, lock.file_->identity());
  SRASTA_TRY_ASSIGN(const std::string note, read_note(*lock.file_));
  lock.last_fence_ = base::parse_u64(find_raw_member(note, "\"fence\":")).value_or(0);
  return lock;
}

base::Result<void> StreamLock::note_writer(std::string_view boot, uint64_t fence,
                                           base::WallTime now) {
  const std::string host = base::host_name();
  const std::string note =
      fmt::format(R"({{"boot":"{}","fence":{},"host":"{}","pid":{},"since":"{}"}})"
                  "\n",
                  boot, fence, host.empty() ? "-" : Label(std::string_view(host)).view(),
                  ::getpid(), base::format_utc(now));
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
