#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Bare repositories, read and written through libgit2's object interface: no program of git runs,
// no hook, filter or text conversion, and no configuration counts but the repository's own, of
// which only keys that cannot make anything run are accepted. Nothing here waits for a network.
// Objects of one thread at a time; different `Repository` objects of one folder may be used at
// once.
namespace srasta::git {

/// 40 lower-case hexadecimal digits: SHA-1, which is checked to be free of known collisions.
using Oid = std::string;

/// What a repository's folder was when it was put into a policy. A folder that is another one
/// later, or whose configuration changed, is not opened.
struct Registration {
  std::string folder;
  uint64_t device = 0;
  uint64_t inode = 0;
  std::string config_digest;  ///< SHA-256 of the file `config`, hexadecimal
  friend bool operator==(const Registration&, const Registration&) = default;
};

/// Code::NotFound: there is no such folder. Code::Denied: it is not a plain bare repository, its
/// configuration has a key that is not in the short list, it has hooks, alternates or a symbolic
/// link in place of a part; `message` says which.
[[nodiscard]] base::Result<Registration> register_repository(const std::string& folder);

struct Ref {
  std::string name;    ///< refs/...
  std::string target;  ///< the same, or where a symbolic ref leads in the end
  Oid oid;             ///< of the commit, after tags were followed
  [[nodiscard]] bool is_symbolic() const { return name != target; }
};

class Repository {
 public:
  /// Code::Denied when the folder is not the one that was registered any more.
  [[nodiscard]] static base::Result<Repository> open(const Registration& registration);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  /// The ref of this full name, nothing if there is none or it leads to no commit.
  [[nodiscard]] base::Result<std::optional<Ref>> find_ref(std::string_view full) const;
  /// What HEAD names: the default branch, whether or not it exists.
  [[nodiscard]] base::Result<std::string> head() const;
  /// Every ref that leads to a commit, sorted by name.
  [[nodiscard]] base::Result<std::vector<Ref>> refs() const;

  /// Whether `oid` is a commit here.
  [[nodiscard]] bool is_commit(const Oid& oid) const;
  /// `generations` first parents up; nothing if there are not so many.
  [[nodiscard]] base::Result<std::optional<Oid>> ancestor(const Oid& commit,
                                                          unsigned generations) const;
  /// The parent of that number, from 1; 0 is the commit itself.
  [[nodiscard]] base::Result<std::optional<Oid>> parent(const Oid& commit, unsigned number) const;
  /// Whether `commit` is one of `tips` or leads up to one of them.
  [[nodiscard]] base::Result<bool> is_reachable(const Oid& commit,
                                                const std::vector<Oid>& tips) const;

  struct Native;
  /// For the other files of git/.
  [[nodiscard]] const Native& native() const { return *native_; }

 private:
  explicit Repository(std::unique_ptr<Native> native);
  std::unique_ptr<Native> native_;
};

}  // namespace srasta::git
