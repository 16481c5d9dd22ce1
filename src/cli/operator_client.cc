#include "cli/operator_client.h"

#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/one_request.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr std::string_view kUsers = "/srasta/v1/admin/users";

std::string member_of(json::Value object, std::string_view name) {
  const auto value = object.find(name);
  const auto text = value ? value->string() : std::nullopt;
  return std::string(text.value_or(""));
}

Code code_of(int status) {
  if (status == 403) return Code::Denied;
  if (status == 404) return Code::NotFound;
  if (status == 409) return Code::Conflict;
  if (status >= 500) return Code::Unavailable;
  return Code::Invalid;
}

/// What the service said, in its own words.
base::Error refusal_of(const Answer& answer) {
  const auto document = json::Document::parse(answer.body);
  if (!document) return make_error(code_of(answer.status), "refused: " + answer.code);
  const json::Value root = document->root();
  std::string message = member_of(root, "title");
  if (const std::string param = member_of(root, "param"); !param.empty()) {
    message += fmt::format(" ({})", param);
  }
  if (const std::string hint = member_of(root, "hint"); !hint.empty()) message += " " + hint;
  return make_error(code_of(answer.status), message);
}

}  // namespace

base::Result<std::string> OperatorClient::ask(std::string_view method, const std::string& path,
                                              const std::string& body) const {
  const std::string data = data_folder(data_folder_);
  net::SimpleRequest request{.method = method, .path = path, .fields = {}, .body = body};
  if (!body.empty()) request.fields = "Content-Type: application/json\r\n";
  auto answer = one_request({.url = {.host = "localhost", .port = 80, .path = {}},
                             .unix_path = data + "/run/operator.sock"},
                            std::move(request));
  if (!answer) {
    return make_error(
        Code::Unavailable,
        fmt::format("no administration service answers on {}/run/operator.sock; start "
                    "it with: srasta up",
                    data));
  }
  if (answer->status >= 300) return refusal_of(*answer);
  return std::move(answer->body);
}

base::Result<void> OperatorClient::each(const std::string& path, std::string_view member,
                                        const std::function<void(json::Value)>& visit) const {
  std::string after;
  do {
    const std::string query = after.empty() ? "" : "?after=" + after;
    SRASTA_TRY_ASSIGN(const std::string page, ask("GET", path + query));
    SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(page));
    const auto list = document.root().find(member);
    for (size_t i = 0; list && i < list->size(); ++i) visit(list->at(i));
    after = member_of(document.root(), "next");
  } while (!after.empty());
  return {};
}

base::Result<std::string> OperatorClient::find_user(const std::string& text,
                                                    const std::string& tenant) const {
  std::vector<std::string> found;
  SRASTA_TRY(each(std::string(kUsers), "users", [&](json::Value row) {
    const std::string id = member_of(row, "id");
    const bool named =
        member_of(row, "name") == text && (tenant.empty() || member_of(row, "tenant") == tenant);
    if (id == text || named) found.push_back(id);
  }));
  if (found.empty()) return make_error(Code::NotFound, fmt::format("there is no user {}", text));
  if (found.size() == 1) return found.front();
  return make_error(Code::Conflict,
                    fmt::format("several users are named {}: give --tenant, or one of the ids {}",
                                text, fmt::join(found, ", ")));
}

std::string& add_data_option(Command command) {
  std::string& data = command.keep(std::string());
  command.add_option("--data", data,
                     "Data folder (default: /var/lib/srasta as root, else ~/.local/share/srasta)");
  return data;
}

int print_answer(const base::Result<std::string>& answer) {
  if (!answer) return fail_with(answer.error());
  fmt::print("{}\n", *answer);
  return kOk;
}

std::string shown(json::Value row, std::string_view member) {
  const auto value = row.find(member);
  if (!value) return "-";
  if (const auto text = value->string(); text && !text->empty()) return std::string(*text);
  if (const auto list = json::texts_of(*value); list && !list->empty()) {
    return fmt::format("{}", fmt::join(*list, ","));
  }
  return "-";
}

}  // namespace srasta::cli
