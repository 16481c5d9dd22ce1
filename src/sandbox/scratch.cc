#include "sandbox/scratch.h"

#include "base/entropy.h"
#include "sandbox/beneath.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace srasta::sandbox {
namespace {

constexpr std::string_view kPrefix = "run-";

base::Result<base::Descriptor> open_folder(int above, const std::string& path) {
  base::Descriptor opened(
      ::openat(above, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.open()) return base::errno_error("open " + path, errno);
  return opened;
}

base::Result<base::Descriptor> make_folder(int above, const std::string& name,
                                           const std::optional<Scratch::Owner>& owner) {
  if (::mkdirat(above, name.c_str(), 0700) != 0) return base::errno_error("mkdir " + name, errno);
  SRASTA_TRY_ASSIGN(base::Descriptor made, open_folder(above, name));
  if (owner && ::fchown(made.get(), owner->user, owner->group) != 0) {
    return base::errno_error("chown " + name, errno);
  }
  return made;
}

void remove_folder(int root, const std::string& name, int folder) {
  if (!remove_content(folder).ok()) return;
  ::unlinkat(root, name.c_str(), AT_REMOVEDIR);
}

base::Result<std::vector<std::string>> run_folders(int root) {
  const int own = ::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return base::errno_error("open the scratch folder", errno);
  DIR* stream = ::fdopendir(own);
  if (stream == nullptr) {
    ::close(own);
    return base::errno_error("fdopendir", errno);
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    if (std::string_view(entry->d_name).starts_with(kPrefix)) names.emplace_back(entry->d_name);
  }
  ::closedir(stream);
  return names;
}

}  // namespace

base::Result<Scratch> Scratch::make(const std::string& root, std::optional<Owner> owner) {
  base::SystemEntropy entropy;
  Scratch scratch;
  SRASTA_TRY_ASSIGN(scratch.root_, open_folder(AT_FDCWD, root));
  scratch.name_ = std::string(kPrefix) + base::random_base32(entropy, 16);
  scratch.owner_ = owner;
  SRASTA_TRY_ASSIGN(scratch.folder_, make_folder(scratch.root_.get(), scratch.name_, owner));
  scratch.path_ = root + "/" + scratch.name_;
  if (::flock(scratch.folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::errno_error("lock " + scratch.path_, errno);
  }
  return scratch;
}

base::Result<void> Scratch::remove_stale(const std::string& root) {
  SRASTA_TRY_ASSIGN(const base::Descriptor opened, open_folder(AT_FDCWD, root));
  SRASTA_TRY_ASSIGN(const std::vector<std::string> names, run_folders(opened.get()));
  for (const std::string& name : names) {
    const auto folder = open_folder(opened.get(), name);
    if (!folder.ok() || ::flock(folder->get(), LOCK_EX | LOCK_NB) != 0) continue;
    remove_folder(opened.get(), name, folder->get());
  }
  return {};
}

Scratch& Scratch::operator=(Scratch&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(path_, other.path_);
  std::swap(owner_, other.owner_);
  std::swap(root_, other.root_);
  std::swap(folder_, other.folder_);
  return *this;
}

Scratch::~Scratch() {
  if (folder_.open()) remove_folder(root_.get(), name_, folder_.get());
}

base::Result<base::Descriptor> Scratch::folder(const std::string& name) {
  return make_folder(folder_.get(), name, owner_);
}

}  // namespace srasta::sandbox
