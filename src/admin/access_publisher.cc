#include "admin/access_publisher.h"

#include "access/compile.h"
#include "admin/database.h"
#include "admin/directory_rules.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/shared_word.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace srasta::admin {
namespace {

/// Two publishers at once would both take the same revision.
base::Result<base::Descriptor> lock_folder(const std::string& path) {
  base::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open() || ::flock(folder.get(), LOCK_EX) != 0) {
    return base::errno_error("lock " + path, errno);
  }
  return folder;
}

/// Files that root writes belong to whoever owns the folder: the services read them.
base::Result<void> give_to_owner_of(const std::string& folder, const std::string& path) {
  struct stat status{};
  if (::geteuid() != 0) return {};
  if (::stat(folder.c_str(), &status) != 0 ||
      ::lchown(path.c_str(), status.st_uid, status.st_gid) != 0) {
    return base::errno_error("chown " + path, errno);
  }
  return {};
}

}  // namespace

base::Result<std::shared_ptr<const access::AccessSnapshot>> load_access(
    const std::string& data_folder, const base::Secret& key) {
  return access::read_snapshot(access::SnapshotFiles(data_folder).snapshot, key.expose());
}

base::Result<Published> publish_access(const std::string& data_folder, const config::Loaded& loaded,
                                       const base::Secret& key, sql::Connection* directory) {
  const access::SnapshotFiles place(data_folder);
  SRASTA_TRY_ASSIGN(const base::Descriptor locked, lock_folder(place.folder));
  SRASTA_TRY_ASSIGN(const auto word, base::SharedWord::create(place.epoch));
  SRASTA_TRY(give_to_owner_of(place.folder, place.epoch));
  access::AccessRules rules = access::compile_access(loaded);
  if (directory != nullptr) SRASTA_TRY(add_directory(rules, *directory));
  // One that cannot be read is compiled anew like one that is missing: the configuration is the
  // truth, and the epoch is never below a revision, so numbers are not used twice.
  const auto current = load_access(data_folder, key);
  const bool in_force = current && word->load() == (*current)->epoch();
  if (in_force && (*current)->source() == rules.source &&
      (*current)->directory() == rules.directory) {
    return Published{.revision = (*current)->revision(), .changed = false};
  }
  const uint64_t revision = current ? (*current)->revision() : word->load();
  const uint64_t epoch = std::max(word->load(), current ? (*current)->epoch() : 0) + 1;
  rules.revision = revision + 1;
  base::PosixFileSystem files;
  SRASTA_TRY(base::write_file_atomic(files, place.snapshot,
                                     access::encode_snapshot(rules, epoch, key.expose())));
  SRASTA_TRY(give_to_owner_of(place.folder, place.snapshot));
  word->store(epoch);
  return Published{.revision = rules.revision, .changed = true};
}

base::Result<Published> publish_access(const std::string& data_folder, const config::Loaded& loaded,
                                       const base::Secret& key) {
  SRASTA_TRY_ASSIGN(std::optional<sql::Connection> directory, find_database(data_folder));
  return publish_access(data_folder, loaded, key, directory ? &*directory : nullptr);
}

}  // namespace srasta::admin
