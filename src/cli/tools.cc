#include "cli/tools.h"

#include "base/clock.h"
#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/tool_approvals.h"
#include "config/values.h"
#include "git/init.h"
#include "policy/read_policy.h"
#include "policy/signature.h"

#include <cstdio>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

namespace fs = std::filesystem;

using base::Code;
using base::make_error;

/// Tenant and folder take the places of @TENANT and @FOLDER.
constexpr std::string_view kStarter =
    R"(# What agents may do (docs/tools.md). After each change: raise the version, sign, reload.
apiVersion: toolgate.srasta/v1
kind: ToolPolicy
metadata:
  name: starter
  tenant: @TENANT
  version: 1
  notAfter: 2099-01-01T00:00:00Z
spec:
  default: deny
  roles:
    developer: { tools: ["*"] }
  personas:
    reader: { tools: [repo_list, repo_info, tree_list, file_read, code_search, commit_log, commit_get, diff, blame, branch_list, policy_explain] }
    implementer: { includes: reader, tools: [patch_check, patch_apply, file_edit, branch_create, branch_delete], requiresRoles: [developer] }
  pathSets:
    # Files that make other software run something, or configure itself.
    control: ["**/.git/**", "**/.gitattributes", "**/.gitmodules", ".github/**", ".gitlab-ci.yml", "**/.vscode/**", "**/.mcp.json", "**/CLAUDE.md", "**/AGENTS.md", "**/.husky/**", "**/.npmrc", "**/.envrc"]
    secrets: ["**/*.pem", "**/*.key", "**/.env", "**/.env.*", "**/id_rsa*", "secrets/**"]
  repositories:
    - id: demo
      gitDir: @FOLDER/repositories/demo.git
      label: internal
      refs:
        read: ["refs/heads/**", "refs/tags/**"]
        write: ["refs/heads/agent/**"]
        protect: ["refs/heads/main", "refs/tags/**"]
      paths:
        denyRead: ["@secrets"]
        denyWrite: ["@control", "@secrets"]
        allowWrite: ["**"]
  rules:
    - { id: R-1, effect: allow, roles: [developer], personas: [reader, implementer], repos: [demo], tools: ["*"] }
)";

std::string starter(const std::string& tenant, const std::string& folder) {
  std::string text(kStarter);
  for (const auto& [mark, value] : {std::pair("@TENANT", tenant), std::pair("@FOLDER", folder)}) {
    text.replace(text.find(mark), std::string_view(mark).size(), value);
  }
  return text;
}

/// The service runs as its own user; git refuses repositories of others.
base::Result<void> give_to_service(const std::string& folder) {
  SRASTA_TRY_ASSIGN(const auto user, service_user());
  if (!user) return {};
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failure)) {
    if (::lchown(entry.path().c_str(), user->id, user->group) != 0) {
      return make_error(Code::Io, "chown " + entry.path().string());
    }
  }
  if (failure || ::lchown(folder.c_str(), user->id, user->group) != 0) {
    return make_error(Code::Io, "chown " + folder);
  }
  return {};
}

struct Options {
  std::string folder;
  std::string tenant = "default";
  std::string data = default_data_folder();
};

base::Result<void> init(const Options& options) {
  std::error_code failure;
  const std::string folder = fs::absolute(options.folder, failure).lexically_normal().string();
  if (!config::is_tenant_name(options.tenant)) {
    return make_error(Code::Invalid, "--tenant: not a tenant's name");
  }
  if (fs::exists(folder)) return make_error(Code::Conflict, folder + " exists already");
  const std::string text = starter(options.tenant, folder);
  if (!policy::read_policy(text).policy) {
    return make_error(Code::Invalid, folder + " cannot stand in a policy; choose a plain path");
  }
  const base::Result<base::Secret> pem = load_policy_key(options.data);
  base::PosixFileSystem files;
  SRASTA_TRY(files.make_folder(folder));
  SRASTA_TRY(files.make_folder(folder + "/policies"));
  const std::string file = folder + "/policies/starter.yaml";
  SRASTA_TRY(base::write_file_atomic(files, file, text));
  SRASTA_TRY(git::init_repository(folder + "/repositories/demo.git", {{"README.md", "# demo\n"}},
                                  base::unix_seconds(base::SystemClock().wall())));
  SRASTA_TRY(give_to_service(folder + "/repositories"));
  fmt::print("made: {}\nmade: {}/repositories/demo.git\n", file, folder);
  if (pem) {
    SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::from_pem(*pem));
    SRASTA_TRY_ASSIGN(const std::string signature, policy::sign_policy(text, key));
    SRASTA_TRY(base::write_file_atomic(files, file + std::string(policy::kSignatureSuffix),
                                       signature + "\n"));
    fmt::print("signed by this installation's own key, for trials\n");
  } else {
    fmt::print("not signed yet: start the platform once, then srasta policy sign {}\n", file);
  }
  fmt::print(
      "\nPut this into the configuration, give a key the persona, and start the platform again:\n\n"
      "tools:\n  policies: [\"{}\"]\n  repositories: [\"{}/repositories\"]\n"
      "access:\n  personas:\n    implementer: {{ permissions: [\"tools.*\"] }}\n",
      file, folder);
  return {};
}

}  // namespace

void add_tools(Command root) {
  const Command noun = root.add_subcommand("tools", "The tool gateway");
  noun.require_subcommand();
  add_tool_approvals(noun);
  const Command command =
      noun.add_subcommand("init", "Make a starter policy and a repository to try it on");
  command.set_footer(
      "Examples:\n"
      "  srasta tools init ./agents\n"
      "  srasta tools init /srv/agents --tenant acme");
  Options& options = command.keep(Options());
  command.add_option("DIR", options.folder, "Folder to make", {.required = true});
  command.add_option("--tenant", options.tenant, "Whose policy it is", {.show_default = true});
  command.add_option("--data", options.data, "Data folder, for the key that signs");
  command.set_action([&options] {
    const auto made = init(options);
    return made ? kOk : fail_with(made.error());
  });
}

}  // namespace srasta::cli
