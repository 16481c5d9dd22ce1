#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace srasta::git {

/// A bare repository in a folder of its own, made by the program git as a developer's is; removed
/// at the end.
class TestRepository {
 public:
  TestRepository();
  TestRepository(const TestRepository&) = delete;
  TestRepository& operator=(const TestRepository&) = delete;
  ~TestRepository();

  [[nodiscard]] std::string folder() const { return (root_ / "repo.git").string(); }
  /// Commits these files to `branch` in place of what it has of their names; an empty content
  /// removes, one that begins with "-> " is a symbolic link. The commit's id.
  std::string commit(const std::string& branch, const std::map<std::string, std::string>& files,
                     const std::string& message = "change");
  /// What a program of git prints there, without the last newline.
  std::string git(const std::string& arguments) const;

 private:
  std::filesystem::path root_;
};

}  // namespace srasta::git
