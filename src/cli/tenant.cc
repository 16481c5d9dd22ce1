#include "cli/tenant.h"

#include "cli/exit_code.h"
#include "cli/operator_client.h"
#include "json/writer.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kTenants = "/srasta/v1/admin/tenants";

struct TenantOptions {
  std::string* data = nullptr;
  std::string name;
};

int list(const std::string& data) {
  fmt::print("{:<32} {:<10} {}\n", "NAME", "STATE", "ORIGIN");
  const auto listed = OperatorClient(data).each(kTenants, "tenants", [](json::Value row) {
    const auto suspended = row.find("suspended");
    const bool off = suspended && suspended->boolean().value_or(false);
    fmt::print("{:<32} {:<10} {}\n", shown(row, "name"), off ? "suspended" : "active",
               shown(row, "origin"));
  });
  return listed ? kOk : fail_with(listed.error());
}

int add(const TenantOptions& options) {
  json::Writer writer;
  writer.begin_object().member("name", std::string_view(options.name)).end_object();
  return print_answer(OperatorClient(*options.data).ask("POST", kTenants, writer.take()));
}

int suspend(const TenantOptions& options, bool suspended) {
  return print_answer(OperatorClient(*options.data)
                          .ask("PATCH", kTenants + "/" + options.name,
                               fmt::format(R"({{"suspended":{}}})", suspended)));
}

void on_tenant(Command noun, const char* name, const char* description,
               const std::function<int(const TenantOptions&)>& act) {
  const Command command = noun.add_subcommand(name, description);
  TenantOptions& options = command.keep(TenantOptions());
  options.data = &add_data_option(command);
  command.add_option("TENANT", options.name, "Its name", {.required = true});
  command.set_action([&options, act] { return act(options); });
}

}  // namespace

void add_tenant(Command root) {
  const Command noun = root.add_subcommand("tenant", "Tenants of this platform");
  noun.require_subcommand();
  const Command listing = noun.add_subcommand("list", "All of them, and where they are declared");
  const std::string& data = add_data_option(listing);
  listing.set_action([&data] { return list(data); });
  on_tenant(noun, "add", "Register a tenant", add);
  on_tenant(noun, "suspend", "Admit nobody of it any more; its data stays",
            [](const TenantOptions& options) { return suspend(options, true); });
  on_tenant(noun, "resume", "Admit its users again",
            [](const TenantOptions& options) { return suspend(options, false); });
}

}  // namespace srasta::cli
