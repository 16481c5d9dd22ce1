#include "audit/record.h"

#include "base/encoding.h"
#include "tlog/tree_hash.h"

#include <charconv>
#include <utility>

namespace srasta::audit {
namespace {

constexpr std::string_view kEnding = "\",\"v\":1}";
constexpr size_t kTimeSize = 27;

void append_number(std::string& out, int64_t number) {
  std::array<char, 20> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

void append_hex(std::string& out, const crypto::Digest& digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const size_t at = out.size();
  out.resize(at + 2 * digest.size());
  char* to = out.data() + at;
  for (const uint8_t byte : digest) {
    *to++ = kHex[byte >> 4];
    *to++ = kHex[byte & 15];
  }
}

/// Text that is known to consist of label characters: nothing in it needs escaping.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  out += text;
  out += '"';
}

void append_actor(std::string& out, const Actor& actor) {
  out += ",\"actor\":{\"id\":";
  append_quoted(out, actor.id.view());
  out += ",\"kind\":";
  append_quoted(out, to_string(actor.kind));
  out += ",\"roles\":[";
  for (const Label& role : actor.roles.all()) {
    if (out.back() != '[') out += ',';
    append_quoted(out, role.view());
  }
  out += "],\"ten\":";
  append_quoted(out, actor.tenant.empty() ? kNobody : actor.tenant.view());
  std::string_view before = ",\"via\":[";
  for (const Subject& delegate : actor.via.all()) {
    out += before;
    append_quoted(out, delegate.view());
    before = ",";
  }
  out += before == "," ? "]}" : "}";
}

void append_correlation(std::string& out, const Correlation& corr) {
  const std::array<std::pair<std::string_view, Label>, 4> members = {{{"\"rid\":", corr.request},
                                                                      {"\"sid\":", corr.session},
                                                                      {"\"span\":", corr.span},
                                                                      {"\"trace\":", corr.trace}}};
  std::string_view before = ",\"corr\":{";
  for (const auto& [name, label] : members) {
    if (label.empty()) continue;
    out += before;
    out += name;
    append_quoted(out, label.view());
    before = ",";
  }
  if (before == ",") out += '}';
}

struct ValueWriter {
  std::string& out;

  void operator()(int64_t number) const { append_number(out, number); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(Reason reason) const { append_quoted(out, to_string(reason)); }
  void operator()(Label label) const { append_quoted(out, label.view()); }
  void operator()(Word word) const { append_quoted(out, word.view()); }
  void operator()(base::WallTime time) const { append_quoted(out, base::format_utc(time)); }
  void operator()(const crypto::Digest& digest) const {
    out += '"';
    append_hex(out, digest);
    out += '"';
  }
  void operator()(Digests digests) const {
    out += '"';
    for (const crypto::Digest& digest : digests.all) append_hex(out, digest);
    out += '"';
  }
};

void append_data(std::string& out, const Data& data) {
  out += ",\"data\":{";
  for (const Data::Member& member : data.members()) {
    if (out.back() != '{') out += ',';
    append_quoted(out, member.name.view());
    out += ':';
    std::visit(ValueWriter{out}, member.value.variant());
  }
  out += '}';
}

void append_seen(std::string& out, const SeenHead& seen, bool with_probe) {
  if (seen.stream.empty()) return;
  out += ",\"ent\":[{\"h\":\"";
  append_hex(out, seen.leaf);
  out += "\",\"n\":";
  append_number(out, static_cast<int64_t>(std::min<uint64_t>(seen.records, kMaxInteger)));
  if (with_probe) out += ",\"p\":1";
  out += ",\"s\":";
  append_quoted(out, seen.stream.view());
  out += "}]";
}

void append_policy(std::string& out, const PolicyRef& policy) {
  if (policy.id.empty()) return;
  out += ",\"pol\":{\"id\":";
  append_quoted(out, policy.id.view());
  out += ",\"rev\":";
  append_number(out, static_cast<int64_t>(std::min<uint64_t>(policy.revision, kMaxInteger)));
  if (!policy.why.empty()) {
    out += ",\"why\":";
    append_quoted(out, policy.why.view());
  }
  out += '}';
}

}  // namespace

crypto::Digest first_prev(std::string_view origin, const crypto::Digest& key) {
  std::string message = "srasta-audit-log/1\n";
  message.append(origin).append("\n");
  append_hex(message, key);
  message += "\n";
  return crypto::sha256(message);
}

RecordWriter::RecordWriter(const Author& author) {
  boot_member_ = ",\"boot\":\"" + author.boot + "\",\"cls\":\"";
  fence_member_ = ",\"fence\":" + std::to_string(author.fence) + ",\"mono\":";
  back_ = ",\"src\":{\"node\":\"" + author.node + "\",\"rel\":\"" + author.release +
          "\",\"svc\":\"" + author.service + "\"},\"strm\":\"" + author.stream + "\",\"t\":\"";
  back_size_ = back_.size() + kTimeSize + kEnding.size();
}

void RecordWriter::append_parts(std::string& out, const Event& event, base::WallTime time,
                                base::MonoTime mono, const SeenHead* with_probe) const {
  out += "{\"act\":";
  append_quoted(out, to_string(event.act));
  append_actor(out, event.actor);
  out += boot_member_;
  out += to_string(event.durability);
  out += '"';
  append_correlation(out, event.corr);
  append_data(out, event.data);
  append_seen(out, with_probe != nullptr ? *with_probe : event.seen, with_probe != nullptr);
  out += fence_member_;
  append_number(out, mono.time_since_epoch().count());
  out += ",\"out\":";
  append_quoted(out, to_string(event.outcome));
  append_policy(out, event.policy);
  out += back_;
  out += base::format_utc(time);
  out += kEnding;
}

void RecordWriter::append_line(std::string& out, std::string_view parts, ChainEnd& end) const {
  const size_t begin = out.size();
  out += parts.substr(0, parts.size() - back_size_);
  out += ",\"prev\":\"";
  append_hex(out, end.leaf);
  out += "\",\"seq\":";
  append_number(out, static_cast<int64_t>(end.next_seq));
  out += parts.substr(parts.size() - back_size_);

  end.leaf = tlog::leaf_hash(std::string_view(out).substr(begin));
  ++end.next_seq;
  out.pop_back();
  out += ",\"h\":\"";
  append_hex(out, end.leaf);
  out += "\"}\n";
}

}  // namespace srasta::audit
