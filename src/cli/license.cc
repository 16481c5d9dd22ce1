#include "cli/license.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/ulid.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/operator_client.h"
#include "cli/signing_key.h"
#include "config/operator_file.h"
#include "identity/license_file.h"
#include "json/writer.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kLicense = "/srasta/v1/admin/license";
constexpr uint64_t kMostBytes = 16 * 1024;
constexpr int64_t kDay = 24 * 60 * 60;

struct IssueOptions {
  std::string key;
  std::string customer;
  std::string edition = "enterprise";
  std::string install;
  uint64_t days = 365;
  std::optional<std::string> seats;
};

base::Result<std::string> install(const std::string& data, const std::string& file) {
  SRASTA_TRY_ASSIGN(std::string text, config::read_operator_file(file, kMostBytes));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  json::Writer writer;
  writer.begin_object().member("license", std::string_view(text)).end_object();
  return OperatorClient(data).ask("PUT", kLicense, writer.take());
}

base::Result<std::string> issue(const IssueOptions& options) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const base::Secret pem, read_private_file(files, options.key));
  SRASTA_TRY_ASSIGN(const auto key, crypto::PrivateKey::from_pem(pem));
  base::SystemEntropy entropy;
  const base::WallTime now = base::SystemClock().wall();
  const int64_t begins = base::unix_seconds(now);
  identity::LicenseTerms terms{
      .license = {.id = base::make_ulid(now, entropy),
                  .customer = options.customer,
                  .edition = options.edition,
                  .not_before = begins,
                  .expires = begins + static_cast<int64_t>(options.days) * kDay},
      .install = options.install};
  if (options.seats) {
    const auto seats = base::parse_u64(*options.seats);
    if (!seats) return base::make_error(base::Code::Invalid, "--seats: a whole number");
    terms.license.seats = static_cast<int64_t>(*seats);
  }
  return identity::sign_license(terms, key);
}

void add_issue(Command noun) {
  const Command command =
      noun.add_subcommand("issue", "Print a signed license, for who builds Srasta for others");
  IssueOptions& options = command.keep(IssueOptions());
  command.set_footer(
      "Example:\n"
      "  srasta license issue --key vendor.pem --customer 'Acme AG' --days 365 > acme.license");
  command.add_option("--key", options.key, "File of the private key, of `srasta license key`",
                     {.required = true});
  command.add_option("--customer", options.customer, "Whom it is for", {.required = true});
  command.add_option("--edition", options.edition, "team or enterprise", {.show_default = true});
  command.add_option("--install", options.install,
                     "Id of the installation that it is for, of <data>/install.id; else any");
  command.add_option("--days", options.days, "How long it is good", {.show_default = true});
  command.add_option("--seats", options.seats, "Accounts of people; else any number");
  command.set_action([&options] { return print_answer(issue(options)); });
}

}  // namespace

void add_license(Command root) {
  const Command noun = root.add_subcommand("license", "The license of this installation");
  noun.require_subcommand();
  const Command showing = noun.add_subcommand("show", "Posture, edition, expiry");
  const std::string& shown_data = add_data_option(showing);
  showing.set_action(
      [&shown_data] { return print_answer(OperatorClient(shown_data).ask("GET", kLicense)); });

  const Command installing = noun.add_subcommand("install", "Install a license");
  const std::string& data = add_data_option(installing);
  std::string& file = installing.keep(std::string());
  installing.add_option("FILE", file, "The license", {.required = true});
  installing.set_action([&data, &file] { return print_answer(install(data, file)); });

  const Command removing = noun.add_subcommand("remove", "Back to the community edition");
  const std::string& removed_data = add_data_option(removing);
  removing.set_action([&removed_data] {
    return print_answer(OperatorClient(removed_data).ask("DELETE", kLicense));
  });

  const Command accepting =
      noun.add_subcommand("accept-clock", "Say that the clock is right although it jumped");
  const std::string& clock_data = add_data_option(accepting);
  accepting.set_action([&clock_data] {
    return print_answer(
        OperatorClient(clock_data).ask("POST", kLicense + "/clock", R"({"accept":true})"));
  });

  add_issue(noun);
  const Command making =
      noun.add_subcommand("key", "Make a key that signs licenses; prints its public half");
  std::string& target = making.keep(std::string());
  making.add_option("FILE", target, "Where the private half goes, mode 0600; must not exist",
                    {.required = true});
  making.set_action([&target] { return print_answer(make_signing_key(target)); });
}

}  // namespace srasta::cli
