#include "audit/record_csv.h"

#include "audit/label.h"
#include "audit/search.h"
#include "audit/stored_line.h"

#include <algorithm>
#include <array>

namespace srasta::audit {
namespace {

bool may_be_formula(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return first == '=' || first == '+' || first == '-' || first == '@' || byte < 0x20 ||
         byte == 0x7f;
}

/// From behind `name` to the first `end`.
std::string_view between(std::string_view line, std::string_view name, char end) {
  const size_t found = line.find(name);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = line.substr(found + name.size());
  const size_t stop = rest.find(end);
  return stop == std::string_view::npos ? std::string_view() : rest.substr(0, stop);
}

/// `"user","auditor"` -> `user auditor`.
std::string roles_of(std::string_view line) {
  std::string roles(between(line, "\"roles\":[", ']'));
  std::erase(roles, '"');
  std::ranges::replace(roles, ',', ' ');
  return roles;
}

}  // namespace

std::string_view csv_header() {
  return "stream,seq,t,act,out,cls,actor_id,actor_kind,actor_roles,tenant,request,reason,service,"
         "data,h\r\n";
}

std::string csv_cell(std::string_view text) {
  if (text == kNobody) return {};
  std::string cell;
  if (!text.empty() && may_be_formula(text.front())) cell += '\'';
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

void append_csv(std::string& out, std::string_view line) {
  const Found found = read_found(line).value_or(Found());
  const std::string roles = roles_of(line);
  // A value of `data` never holds a brace, so the first one ends it.
  const std::string data = "{" + std::string(between(line, "\"data\":{", '}')) + "}";
  const std::array<std::string_view, 15> cells = {find_raw_member(line, R"(,"strm":")"),
                                                  find_raw_member(line, R"(,"seq":)"),
                                                  found.time,
                                                  found.act,
                                                  found.outcome,
                                                  find_raw_member(line, R"("cls":")"),
                                                  found.actor,
                                                  find_raw_member(line, R"("kind":")"),
                                                  roles,
                                                  found.tenant,
                                                  found.request,
                                                  found.reason,
                                                  find_raw_member(line, R"("svc":")"),
                                                  data,
                                                  find_raw_member(line, R"(,"h":")")};
  for (size_t i = 0; i < cells.size(); ++i) {
    out += csv_cell(cells[i]);
    out += i + 1 < cells.size() ? "," : "\r\n";
  }
}

}  // namespace srasta::audit
