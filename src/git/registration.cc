// Whether a folder is a repository in which nothing but objects and refs has a say.
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "git/native.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <git2.h>
#include <sys/stat.h>

#include <fmt/format.h>

namespace srasta::git {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestConfig = 64 << 10;

/// Keys that only say what the repository is. All others can name programs, files or hosts.
constexpr auto kKnownKeys = std::to_array<std::string_view>(
    {"core.bare", "core.filemode", "core.ignorecase", "core.logallrefupdates",
     "core.precomposeunicode", "core.repositoryformatversion", "core.symlinks", "gc.auto",
     "gc.pruneexpire", "init.defaultbranch", "receive.denydeletes", "receive.denynonfastforwards"});

/// Files whose presence would make objects or refs come from somewhere else.
constexpr auto kForbiddenFiles =
    std::to_array<std::string_view>({"commondir", "gitdir", "shallow", "objects/info/alternates",
                                     "objects/info/http-alternates", "config.worktree"});

/// What must be a folder or file of its own and no link.
constexpr auto kParts = std::to_array<std::string_view>(
    {"", "HEAD", "config", "objects", "refs", "packed-refs", "hooks", "info", "objects/info",
     "objects/pack", "refs/heads"});

base::Error tampered(const std::string& folder, const std::string& what) {
  return base::make_error(base::Code::Denied, fmt::format("{} {}", folder, what));
}

base::Result<void> check_parts(const std::string& folder) {
  for (const std::string_view part : kParts) {
    struct stat status{};
    const std::string path = part.empty() ? folder : fmt::format("{}/{}", folder, part);
    if (::lstat(path.c_str(), &status) != 0) continue;  // libgit2 says what is missing
    if (S_ISLNK(status.st_mode)) {
      return tampered(folder, fmt::format("has a symbolic link in place of /{}", part));
    }
  }
  for (const std::string_view file : kForbiddenFiles) {
    std::error_code failure;
    if (fs::exists(fs::symlink_status(fmt::format("{}/{}", folder, file), failure))) {
      return tampered(folder, fmt::format("has a file {}", file));
    }
  }
  return {};
}

base::Result<void> check_hooks(const std::string& folder) {
  std::error_code failure;
  fs::directory_iterator entry(folder + "/hooks", failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    if (entry->path().extension() == ".sample") continue;
    return tampered(folder, fmt::format("has a hook {}", entry->path().filename().string()));
  }
  const bool none = !failure || failure == std::errc::no_such_file_or_directory;
  return none ? base::Result<void>()
              : tampered(folder, "has a folder of hooks that cannot be read");
}

struct KeyCheck {
  std::string unknown;
};

int check_key(const git_config_entry* entry, void* payload) {
  const std::string_view name = entry->name;
  // A key without a value means true to git, but is not how a repository is made.
  const std::string_view value = entry->value == nullptr ? "" : entry->value;
  const bool bare_is_false = name == "core.bare" && value != "true";
  if (std::ranges::find(kKnownKeys, name) == kKnownKeys.end() || bare_is_false) {
    static_cast<KeyCheck*>(payload)->unknown = name;
    return GIT_ITEROVER;
  }
  return 0;
}

base::Result<void> check_config(const std::string& folder) {
  git_config* opened = nullptr;
  const int code = git_config_open_ondisk(&opened, (folder + "/config").c_str());
  // What cannot be read may include something that is not there now and is there later.
  if (code != 0) return tampered(folder, "has a config that cannot be read");
  const OwnedConfig config(opened);
  KeyCheck check;
  const int walked = git_config_foreach(config.get(), check_key, &check);
  if (!check.unknown.empty()) {
    return tampered(folder, fmt::format("has {} in its config", check.unknown));
  }
  return walked == 0 ? base::Result<void>() : last_error("read config of " + folder, walked);
}

}  // namespace

base::Result<Registration> register_repository(const std::string& folder) {
  prepare_library();
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) {
    return base::make_error(base::Code::NotFound, folder + " does not exist");
  }
  if (!S_ISDIR(status.st_mode)) return tampered(folder, "is not a folder");
  SRASTA_TRY(check_parts(folder));
  SRASTA_TRY(check_hooks(folder));
  SRASTA_TRY(check_config(folder));
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const std::string config,
                    base::read_file(files, folder + "/config", kLargestConfig));
  return Registration{.folder = folder,
                      .device = status.st_dev,
                      .inode = status.st_ino,
                      .config_digest = base::to_hex(crypto::bytes_of(crypto::sha256(config)))};
}

}  // namespace srasta::git
