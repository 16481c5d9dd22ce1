#pragma once

#include "git/repository.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::git {

struct Person {
  std::string name;  ///< any bytes, as all texts here
  std::string email;
  int64_t time = 0;  ///< seconds since 1970
};

struct Commit {
  Oid oid;
  Oid tree;
  std::vector<Oid> parents;
  Person author;
  Person committer;
  std::string message;
};

[[nodiscard]] base::Result<Commit> read_commit(const Repository& repository, const Oid& oid);

struct LogQuery {
  std::string path = {};  ///< only commits that changed it against their first parent; empty: all
  std::optional<int64_t> since = std::nullopt;  ///< by committer, seconds since 1970
  std::optional<int64_t> until = std::nullopt;
  size_t most = 50;
  size_t most_visited = 100'000;  ///< commits looked at
};
struct Log {
  std::vector<Commit> commits;  ///< the latest first
  bool truncated = false;       ///< there are more, or nobody looked further
};
/// Commits that lead up to `from`, by time.
[[nodiscard]] base::Result<Log> read_log(const Repository& repository, const Oid& from,
                                         const LogQuery& query);

/// Lines that came in with one commit.
struct BlameHunk {
  size_t first_line = 1;
  size_t lines = 0;
  Oid commit;
  Person author;
};
/// Code::NotFound unless `path` is a file of `commit`.
[[nodiscard]] base::Result<std::vector<BlameHunk>> blame(const Repository& repository,
                                                         const Oid& commit, std::string_view path);

}  // namespace srasta::git
