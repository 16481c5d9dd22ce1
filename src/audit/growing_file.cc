#include "audit/growing_file.h"

namespace srasta::audit {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

}  // namespace

base::Result<GrowingFile> GrowingFile::create(base::FileSystem& files, const std::string& path) {
  // What an interrupted attempt has left; that there is none is as well.
  (void)files.remove(path);
  GrowingFile growing;
  SRASTA_TRY_ASSIGN(growing.file_, files.open(path, base::OpenMode::CreateNew));
  return growing;
}

base::Result<void> GrowingFile::append(std::string_view bytes) {
  buffer_ += bytes;
  size_ += bytes.size();
  return buffer_.size() < kPiece ? base::Result<void>() : flush();
}

base::Result<void> GrowingFile::flush() {
  SRASTA_TRY(file_->append(buffer_));
  buffer_.clear();
  return {};
}

base::Result<void> publish_draft(base::FileSystem& files, const std::string& draft,
                                 const std::string& path) {
  SRASTA_TRY(files.rename(draft, path));
  const size_t slash = path.rfind('/');
  return files.sync_folder(slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

}  // namespace srasta::audit
