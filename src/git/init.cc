#include "git/init.h"

#include "git/native.h"

#include <git2.h>

namespace srasta::git {
namespace {

constexpr const char* kBranch = "main";
constexpr const char* kName = "srasta tools init";
constexpr const char* kAddress = "tools@srasta.invalid";

base::Result<git_oid> write_files(git_repository* repository,
                                  const std::map<std::string, std::string>& files) {
  git_treebuilder* started = nullptr;
  int code = git_treebuilder_new(&started, repository, nullptr);
  if (code != 0) return last_error("begin a tree", code);
  const OwnedBuilder builder(started);
  for (const auto& [name, content] : files) {
    git_oid blob{};
    code = git_blob_create_from_buffer(&blob, repository, content.data(), content.size());
    if (code == 0) {
      code = git_treebuilder_insert(nullptr, builder.get(), name.c_str(), &blob, GIT_FILEMODE_BLOB);
    }
    if (code != 0) return last_error("write a file", code);
  }
  git_oid tree{};
  code = git_treebuilder_write(&tree, builder.get());
  if (code != 0) return last_error("write a tree", code);
  return tree;
}

}  // namespace

base::Result<void> init_repository(const std::string& folder,
                                   const std::map<std::string, std::string>& files, int64_t time) {
  prepare_library();
  git_repository_init_options options{};
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags =
      GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
  options.initial_head = kBranch;
  git_repository* made = nullptr;
  int code = git_repository_init_ext(&made, folder.c_str(), &options);
  if (code != 0) return last_error("make the repository " + folder, code);
  const OwnedRepository repository(made);
  SRASTA_TRY_ASSIGN(const git_oid tree_id, write_files(repository.get(), files));
  git_tree* tree = nullptr;
  code = git_tree_lookup(&tree, repository.get(), &tree_id);
  if (code != 0) return last_error("read a tree", code);
  const OwnedTree tree_owner(tree);
  git_signature* person = nullptr;
  code = git_signature_new(&person, kName, kAddress, time, 0);
  if (code != 0) return last_error("name the author", code);
  const OwnedSignature person_owner(person);
  git_oid commit{};
  code = git_commit_create(&commit, repository.get(), "HEAD", person, person, "UTF-8", "Begin\n",
                           tree, 0, nullptr);
  if (code != 0) return last_error("write a commit", code);
  return {};
}

}  // namespace srasta::git
