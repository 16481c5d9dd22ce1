#include "sandbox/run_message.h"

#include "sandbox/packed.h"

namespace srasta::sandbox {
namespace {

base::Error not_a(std::string_view what) {
  return base::make_error(base::Code::Invalid, "not a " + std::string(what));
}

template <typename Duration>
uint64_t count_of(Duration duration) {
  return static_cast<uint64_t>(duration.count());
}

template <typename Duration>
Duration duration_from(Unpacker& from) {
  return Duration(static_cast<int64_t>(from.number()));
}

/// Strongest tier, last outcome, ...: what is beyond them is no value.
template <typename Enumeration>
std::optional<Enumeration> value_from(Unpacker& from, Enumeration last) {
  const uint64_t number = from.number();
  if (number > static_cast<uint64_t>(last)) return std::nullopt;
  return static_cast<Enumeration>(number);
}

void pack_limits(Packer& into, const Limits& limits) {
  into.number(count_of(limits.wall)).number(count_of(limits.cpu)).number(limits.memory);
  into.number(limits.processes).number(limits.open_files).number(limits.file_size);
  into.number(limits.tree_bytes).number(limits.tmp_bytes).number(limits.files);
  into.number(limits.output_kept).number(limits.output_total);
}

Limits limits_from(Unpacker& from) {
  Limits limits;
  limits.wall = duration_from<base::Millis>(from);
  limits.cpu = duration_from<base::Seconds>(from);
  limits.memory = from.number();
  limits.processes = static_cast<uint32_t>(from.number());
  limits.open_files = static_cast<uint32_t>(from.number());
  limits.file_size = from.number();
  limits.tree_bytes = from.number();
  limits.tmp_bytes = from.number();
  limits.files = from.number();
  limits.output_kept = from.number();
  limits.output_total = from.number();
  return limits;
}

void pack_output(Packer& into, const Output& output) {
  into.text(output.head).text(output.tail).number(output.bytes_total);
}

Output output_from(Unpacker& from) {
  Output output;
  output.head = from.text();
  output.tail = from.text();
  output.bytes_total = from.number();
  return output;
}

void pack_changes(Packer& into, const std::vector<Change>& changes) {
  into.number(changes.size());
  for (const Change& change : changes) {
    into.text(change.path).number(static_cast<uint64_t>(change.kind));
    into.number(change.executable ? 1 : 0).text(change.bytes);
  }
}

std::optional<std::vector<Change>> changes_from(Unpacker& from) {
  std::vector<Change> changes;
  for (uint64_t left = from.number(); left > 0 && from.good(); --left) {
    Change change{.path = std::string(from.text())};
    const auto kind = value_from(from, Change::Kind::Removed);
    if (!kind) return std::nullopt;
    change.kind = *kind;
    change.executable = from.number() != 0;
    change.bytes = from.text();
    changes.push_back(std::move(change));
  }
  return changes;
}

std::vector<std::string> texts_from(Unpacker& from) {
  std::vector<std::string> texts;
  for (uint64_t left = from.number(); left > 0 && from.good(); --left) {
    texts.emplace_back(from.text());
  }
  return texts;
}

std::string pack_run(const RunEnd& end) {
  Packer into;
  into.number(1).number(static_cast<uint64_t>(end.outcome));
  into.number(static_cast<uint64_t>(end.status)).number(static_cast<uint64_t>(end.signal));
  into.number(static_cast<uint64_t>(end.tier)).number(count_of(end.wall)).number(count_of(end.cpu));
  into.number(end.max_rss_bytes).number(end.nothing_left ? 1 : 0).number(end.ignored);
  into.number(end.too_much_to_capture ? 1 : 0);
  pack_output(into, end.output);
  pack_output(into, end.errors);
  into.number(end.changes ? 1 : 0);
  if (end.changes) pack_changes(into, *end.changes);
  return into.bytes();
}

base::Result<RunEnd> run_from(Unpacker& from) {
  RunEnd end;
  const auto outcome = value_from(from, Outcome::TooMuchOutput);
  end.status = static_cast<int>(from.number());
  end.signal = static_cast<int>(from.number());
  const auto tier = value_from(from, Tier::T1c);
  end.wall = duration_from<base::Micros>(from);
  end.cpu = duration_from<base::Micros>(from);
  end.max_rss_bytes = from.number();
  end.nothing_left = from.number() != 0;
  end.ignored = from.number();
  end.too_much_to_capture = from.number() != 0;
  end.output = output_from(from);
  end.errors = output_from(from);
  const bool captured = from.number() != 0;
  if (captured) end.changes = changes_from(from);
  if (!outcome || !tier || (captured && !end.changes) || !from.at_end()) {
    return not_a("run that ended");
  }
  end.outcome = *outcome;
  end.tier = *tier;
  return end;
}

}  // namespace

std::string pack(const RunOrder& order) {
  const Job& job = order.job;
  Packer into;
  into.number(job.argv.size());
  for (const std::string& word : job.argv) into.text(word);
  into.number(job.environment.size());
  for (const auto& [name, value] : job.environment) into.text(name).text(value);
  pack_limits(into, job.limits);
  into.number(static_cast<uint64_t>(job.min_tier)).number(job.loopback ? 1 : 0);
  into.number(order.capture ? 1 : 0).number(order.capture_limits.entries);
  into.number(order.capture_limits.changes).number(order.capture_limits.bytes);
  return into.bytes();
}

base::Result<RunOrder> unpack_order(std::string_view bytes) {
  Unpacker from(bytes);
  RunOrder order;
  order.job.argv = texts_from(from);
  for (uint64_t left = from.number(); left > 0 && from.good(); --left) {
    const std::string name(from.text());
    order.job.environment[name] = from.text();
  }
  order.job.limits = limits_from(from);
  const auto tier = value_from(from, Tier::T1c);
  order.job.loopback = from.number() != 0;
  order.capture = from.number() != 0;
  order.capture_limits.entries = from.number();
  order.capture_limits.changes = from.number();
  order.capture_limits.bytes = from.number();
  if (!tier || !from.at_end()) return not_a("run");
  order.job.min_tier = *tier;
  return order;
}

base::Result<TreeMessage> TreeMessage::make() {
  SRASTA_TRY_ASSIGN(SealedWriter writer, SealedWriter::make());
  return TreeMessage(std::move(writer));
}

base::Result<void> TreeMessage::add(std::string_view path, std::string_view bytes,
                                    bool executable) {
  Packer head;
  head.text(path).number(executable ? 1 : 0).number(bytes.size());
  SRASTA_TRY(writer_.append(head.bytes()));
  return writer_.append(bytes);
}

base::Result<base::Descriptor> TreeMessage::seal() && {
  return std::move(writer_).seal();
}

base::Result<void> write_files(std::string_view tree, TreeWriter& writer) {
  Unpacker from(tree);
  while (!from.at_end()) {
    const std::string_view path = from.text();
    const bool executable = from.number() != 0;
    const std::string_view bytes = from.text();
    if (!from.good()) return not_a("tree");
    SRASTA_TRY(writer.file(path, bytes, executable));
  }
  return {};
}

std::string pack(const base::Result<RunEnd>& end) {
  if (end) return pack_run(*end);
  Packer into;
  into.number(0).number(static_cast<uint64_t>(end.error().code)).text(end.error().message);
  return into.bytes();
}

base::Result<RunEnd> unpack_end(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() == 1) return run_from(from);
  const uint64_t code = from.number();
  std::string message(from.text());
  if (!from.at_end() || code > static_cast<uint64_t>(base::Code::Io)) {
    return not_a("run that ended");
  }
  return base::make_error(static_cast<base::Code>(code), std::move(message));
}

std::string pack(const HostReport& host) {
  Packer into;
  into.number(static_cast<uint64_t>(host.strongest)).number(host.missing.size());
  for (const std::string& sentence : host.missing) into.text(sentence);
  return into.bytes();
}

base::Result<HostReport> unpack_host(std::string_view bytes) {
  Unpacker from(bytes);
  const auto tier = value_from(from, Tier::T1c);
  HostReport host{.strongest = tier.value_or(Tier::None), .missing = texts_from(from)};
  if (!tier || !from.at_end()) return not_a("report of a host");
  return host;
}

}  // namespace srasta::sandbox
