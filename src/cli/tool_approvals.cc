#include "cli/tool_approvals.h"

#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/exit_code.h"
#include "cli/gateway_client.h"
#include "cli/installation.h"
#include "cli/operator_client.h"
#include "json/document.h"
#include "json/writer.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

const std::string kPath = "/srasta/v1/approvals";

/// Who approves is somebody: the host has no word in it.
struct Options {
  std::string data = default_data_folder();
  std::string token_file;
  std::string id;
};

Options& add_options(Command command) {
  Options& options = command.keep(Options());
  command.add_option("--data", options.data, "Data folder, for the address of the gateway");
  command.add_option("--token-file", options.token_file,
                     "Holds your API key or access token; mode 0600", {.required = true});
  return options;
}

base::Result<GatewayClient> open(const Options& options) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const base::Secret read, read_private_file(files, options.token_file));
  std::string token(read.expose());
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) {
    return make_error(Code::Invalid, options.token_file + " does not hold one token");
  }
  return GatewayClient::open_as(options.data, std::move(token));
}

base::Result<json::Document> ask(const Options& options, const std::string& path,
                                 const std::string& body) {
  SRASTA_TRY_ASSIGN(const GatewayClient client, open(options));
  SRASTA_TRY_ASSIGN(const Answer answer, client.request(path, body));
  if (answer.status != 200) {
    return make_error(Code::Unavailable,
                      fmt::format("the gateway answered {} {}", answer.status, answer.code));
  }
  return json::Document::parse(answer.body);
}

/// A hostile agent does not draw on the terminal.
std::string plain(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, '?');
  return text;
}

void print_effects(json::Value approval) {
  const auto effects = approval.find("effects");
  for (size_t i = 0; effects && i < effects->size(); ++i) {
    const json::Value one = effects->at(i);
    if (one.find("ref")) {
      fmt::print("    {} {} -> {}\n", plain(shown(one, "ref")), shown(one, "from"),
                 shown(one, "to"));
    } else {
      const auto size = one.find("size");
      fmt::print("    {} {} {} bytes\n", shown(one, "op"), plain(shown(one, "path")),
                 size ? size->integer().value_or(0) : 0);
    }
  }
}

void print_approval(json::Value approval) {
  fmt::print("{}  {}\n", shown(approval, "id"), shown(approval, "state"));
  fmt::print("  {} ({}) wants {} on {}, until {}\n", plain(shown(approval, "requester")),
             shown(approval, "persona"), shown(approval, "tool"), shown(approval, "repository"),
             shown(approval, "expires"));
  print_effects(approval);
}

int list(const Options& options) {
  const auto answer = ask(options, kPath, "");
  if (!answer) return fail_with(answer.error());
  const auto approvals = answer->root().find("approvals");
  for (size_t i = 0; approvals && i < approvals->size(); ++i) print_approval(approvals->at(i));
  return kOk;
}

int decide(const Options& options, std::string_view verdict) {
  const bool good = std::ranges::all_of(options.id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!good) return fail_with(make_error(Code::Invalid, "ID: not the id of an approval"));
  json::Writer writer;
  writer.begin_object().member("verdict", verdict).end_object();
  const auto answer = ask(options, kPath + "/" + options.id, writer.take());
  if (!answer) return fail_with(answer.error());
  print_approval(answer->root());
  return kOk;
}

}  // namespace

void add_tool_approvals(Command noun) {
  const Command listing = noun.add_subcommand(
      "approvals", "What waits for your approval, and what you asked for yourself");
  const Options& asked = add_options(listing);
  listing.set_action([&asked] { return list(asked); });
  for (const char* const verdict : {"approve", "deny"}) {
    const Command deciding =
        noun.add_subcommand(verdict, std::string(verdict) == "approve"
                                         ? "Let somebody else's tool do what it asked for, once"
                                         : "Refuse what somebody else's tool asked for");
    Options& options = add_options(deciding);
    deciding.add_option("ID", options.id, "As `srasta tools approvals` shows it",
                        {.required = true});
    deciding.set_action([&options, verdict] { return decide(options, verdict); });
  }
}

}  // namespace srasta::cli
