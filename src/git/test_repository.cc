#include "git/test_repository.h"

#include "process/child.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace srasta::git {
namespace {

namespace fs = std::filesystem;

/// What `command` of a shell prints, without the last newlines.
std::string run(const std::string& command) {
  const int output = ::memfd_create("output", MFD_CLOEXEC);
  auto child = process::Child::spawn({.program = "/bin/sh",
                                      .arguments = {"-c", command + " 2>&1"},
                                      .environment = {{"PATH", "/usr/bin:/bin"},
                                                      {"HOME", "/nonexistent"},
                                                      {"GIT_CONFIG_NOSYSTEM", "1"},
                                                      {"GIT_AUTHOR_NAME", "Ann"},
                                                      {"GIT_AUTHOR_EMAIL", "ann@example"},
                                                      {"GIT_AUTHOR_DATE", "1700000000+0000"},
                                                      {"GIT_COMMITTER_NAME", "Ann"},
                                                      {"GIT_COMMITTER_EMAIL", "ann@example"},
                                                      {"GIT_COMMITTER_DATE", "1700000000+0000"}},
                                      .inherited = {},
                                      .user = {},
                                      .output = output});
  const auto exit = child ? child->wait(base::Millis(60'000)) : std::move(child).error();
  std::string out;
  std::array<char, 4096> buffer{};
  for (off_t at = 0;; at = static_cast<off_t>(out.size())) {
    const ssize_t got = ::pread(output, buffer.data(), buffer.size(), at);
    if (got <= 0) break;
    out.append(buffer.data(), static_cast<size_t>(got));
  }
  ::close(output);
  const process::Exit unknown{.status = 1};
  const process::Exit ended = exit ? exit->value_or(unknown) : unknown;
  if (!ended.clean()) throw std::runtime_error(command + ": " + out);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace

TestRepository::TestRepository() {
  std::string name = (fs::temp_directory_path() / "git-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  root_ = name;
  run("git init -q --bare -b main " + folder());
}

TestRepository::~TestRepository() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::string TestRepository::git(const std::string& arguments) const {
  return run("git --git-dir=" + folder() + " " + arguments);
}

std::string TestRepository::commit(const std::string& branch,
                                   const std::map<std::string, std::string>& files,
                                   const std::string& message) {
  const fs::path tree = root_ / "tree";
  fs::remove_all(tree);
  fs::create_directories(tree);
  const std::string in_tree = "--work-tree=" + tree.string() + " ";
  const std::string head = git("rev-parse -q --verify refs/heads/" + branch + " || true");
  git(head.empty() ? "read-tree --empty" : "read-tree " + head);
  if (!head.empty()) git(in_tree + "checkout-index -a -f");
  for (const auto& [name, content] : files) {
    const fs::path path = tree / name;
    fs::remove_all(path);
    if (content.empty()) continue;
    fs::create_directories(path.parent_path());
    if (content.starts_with("-> ")) {
      fs::create_symlink(content.substr(3), path);
    } else {
      std::ofstream(path, std::ios::binary) << content;
    }
  }
  git(in_tree + "add -A -f");
  const std::string id = git("commit-tree $(git --git-dir=" + folder() + " write-tree) " +
                             (head.empty() ? "" : "-p " + head) + " -m '" + message + "'");
  git("update-ref refs/heads/" + branch + " " + id);
  return id;
}

}  // namespace srasta::git
