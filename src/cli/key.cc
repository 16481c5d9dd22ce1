#include "cli/key.h"

#include "base/encoding.h"
#include "base/entropy.h"
#include "cli/exit_code.h"
#include "cli/operator_client.h"
#include "crypto/hash.h"
#include "identity/api_key.h"
#include "json/writer.h"

#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

void print_new_key() {
  base::SystemEntropy entropy;
  const identity::NewApiKey key = identity::make_api_key(entropy);
  fmt::print("{}\n", key.text.expose());
  fmt::print(stderr,
             "srasta: the key is shown this once. Its entry for srasta.yaml:\n"
             "access:\n"
             "  keys:\n"
             "    - id: \"{}\"\n"
             "      secret_sha256: \"{}\"\n"
             "      subject: NAME\n"
             "      tenant: TENANT\n"
             "      roles: [service]\n"
             "      expires: \"YYYY-MM-DDT00:00:00Z\"\n"
             "Then: srasta access apply --config FILE\n",
             key.id, base::to_hex(crypto::bytes_of(key.digest)));
}

const std::string kKeys = "/srasta/v1/admin/keys";

struct KeyOptions {
  std::string* data = nullptr;
  std::string id;
  std::string owner;
  std::string label;
  std::vector<std::string> roles;
  std::vector<std::string> models;
  std::vector<std::string> personas;
  std::vector<std::string> networks;
  uint64_t days = 90;
};

int list(const std::string& data) {
  fmt::print("{:<13} {:<16} {:<16} {:<20} {}\n", "ID", "TENANT", "OWNER", "ROLES", "LABEL");
  const auto listed = OperatorClient(data).each(kKeys, "keys", [](json::Value row) {
    const auto revoked = row.find("revoked");
    fmt::print("{:<13} {:<16} {:<16} {:<20} {}{}\n", shown(row, "id"), shown(row, "tenant"),
               shown(row, "owner"), shown(row, "roles"), shown(row, "label"),
               revoked && !revoked->is_null() ? " (revoked)" : "");
  });
  return listed ? kOk : fail_with(listed.error());
}

base::Result<std::string> add(const KeyOptions& options) {
  const OperatorClient client(*options.data);
  SRASTA_TRY_ASSIGN(const std::string owner, client.find_user(options.owner, {}));
  json::Writer writer;
  writer.begin_object().member("owner", std::string_view(owner));
  if (!options.label.empty()) writer.member("label", std::string_view(options.label));
  if (!options.roles.empty()) writer.member("roles", options.roles);
  if (!options.models.empty()) writer.member("models", options.models);
  if (!options.personas.empty()) writer.member("personas", options.personas);
  if (!options.networks.empty()) writer.member("networks", options.networks);
  writer.member("expires_in_days", static_cast<int64_t>(options.days)).end_object();
  return client.ask("POST", kKeys, writer.take());
}

void add_adding(Command noun) {
  const Command command = noun.add_subcommand("add", "Make a key of a user or service account");
  KeyOptions& options = command.keep(KeyOptions());
  options.data = &add_data_option(command);
  command.set_footer(
      "The key stands in the answer's member `key` and is shown this once.\n\n"
      "Example:\n"
      "  srasta key add --owner build-bot --role service --model general --days 30");
  command.add_option("--owner", options.owner, "Whose it is: an id or a name", {.required = true});
  command.add_option("--role", options.roles, "A role of his; may be repeated",
                     {.required = true, .one_value_each = true});
  command.add_option("--label", options.label, "What it is for");
  command.add_option("--model", options.models, "A model that it may use; may be repeated",
                     {.one_value_each = true});
  command.add_option("--persona", options.personas, "A persona of it; may be repeated",
                     {.one_value_each = true});
  command.add_option("--network", options.networks,
                     "Where it may come from, as 10.0.0.0/8; may be repeated",
                     {.one_value_each = true});
  command.add_option("--days", options.days, "How long it is good, at most 366",
                     {.show_default = true});
  command.set_action([&options] { return print_answer(add(options)); });
}

}  // namespace

void add_key(Command root) {
  const Command noun = root.add_subcommand("key", "API keys");
  noun.require_subcommand();
  const Command command = noun.add_subcommand("new", "Print a key and its entry for srasta.yaml");
  command.set_footer(
      "Prints the key to standard output, and to standard error what belongs into srasta.yaml: "
      "the\n"
      "configuration holds the key's SHA-256 only. Changes nothing.\n\n"
      "Example:\n"
      "  srasta key new > key.txt");
  command.set_action([] {
    print_new_key();
    return kOk;
  });
  const Command listing = noun.add_subcommand("list", "Keys that were made here");
  const std::string& data = add_data_option(listing);
  listing.set_action([&data] { return list(data); });
  add_adding(noun);
  const Command revoking = noun.add_subcommand("revoke", "Revoke a key for good");
  KeyOptions& revoked = revoking.keep(KeyOptions());
  revoked.data = &add_data_option(revoking);
  revoking.add_option("KEY", revoked.id, "Its id", {.required = true});
  revoking.set_action([&revoked] {
    return print_answer(OperatorClient(*revoked.data).ask("DELETE", kKeys + "/" + revoked.id));
  });
}

}  // namespace srasta::cli
