#pragma once

#include "audit/epoch.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "testing/faulty_files.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/testing/naive_tree.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace srasta::audit {

/// For tests: files by path.
using Contents = std::map<std::string, std::string>;

/// For tests: a private key that can be copied, the same in every run.
using Signer = std::shared_ptr<const tlog::SignerKey>;

inline Signer signer_of(const std::string& name, std::string_view seed) {
  // PKCS #8 of an Ed25519 key (RFC 8410 section 7), then the seed.
  std::string der = *base::from_hex("302e020100300506032b657004220420");
  der += crypto::bytes_of(crypto::sha256(seed));
  const base::Secret pem("-----BEGIN PRIVATE KEY-----\n" + base::to_base64(der) +
                         "\n-----END PRIVATE KEY-----\n");
  return std::make_shared<const tlog::SignerKey>(*tlog::SignerKey::make(
      name, tlog::SignatureType::Ed25519, *crypto::PrivateKey::from_pem(pem)));
}

/// For tests: a checkpoint's note with these signatures, in their order.
inline std::string signed_note(const std::string& text, const std::vector<Signer>& signers) {
  tlog::Note note{text, {}};
  for (const Signer& signer : signers) {
    note.signatures.push_back(*tlog::sign_text(text, *signer));
  }
  return tlog::write_note(note);
}

/// For tests: one stream, written and signed as the format page says, without the code that writes.
/// Everything is open to forgers.
struct SignedStream {
  std::string name;
  std::string origin;
  std::string seed;  ///< of the epochs' keys
  Signer log_key;
  std::vector<Signer> epochs;
  std::vector<uint64_t> begins;
  std::vector<std::string> lines;
  std::vector<crypto::Digest> leaves;
  std::string checkpoints_log;
  std::optional<std::string> checkpoint;
  std::optional<std::string> head;
  std::map<uint64_t, std::string> ends;
  size_t records_in_segment = 1000;
  std::string request;  ///< id of the request that the records to come are about; empty: none

  SignedStream(const std::string& install_id, std::string name_of, std::string seed_of,
               std::string_view log_seed)
      : name(std::move(name_of)), origin(install_id + "/" + name), seed(std::move(seed_of)) {
    log_key = signer_of(origin, log_seed);
    add_epoch_key(0);
    append("log.genesis", "\"origin\":\"" + origin + "\"");
  }

  [[nodiscard]] uint64_t size() const { return lines.size(); }

  void add_epoch_key(uint64_t seq_after) {
    const std::string key = epoch_key_name(origin, epochs.size());
    epochs.push_back(signer_of(key, seed + key));
    begins.push_back(seq_after);
  }

  [[nodiscard]] std::string prev() const {
    if (!leaves.empty()) return base::to_hex(crypto::bytes_of(leaves.back()));
    const std::string key = base::to_hex(epochs[0]->verifier().public_key());
    return base::to_hex(
        crypto::bytes_of(crypto::sha256("srasta-audit-log/1\n" + origin + "\n" + key + "\n")));
  }

  void append(std::string_view act = "inference.request", std::string_view data = {},
              std::string_view seen = {}) {
    const std::string corr =
        request.empty() ? std::string() : fmt::format(R"("corr":{{"rid":"{}"}},)", request);
    const std::string ent = seen.empty() ? std::string() : fmt::format(R"("ent":[{}],)", seen);
    const std::string body = fmt::format(
        R"({{"act":"{}","actor":{{"id":"u-{}","kind":"user","roles":[],"ten":"-"}},)"
        R"("boot":"{:032}","cls":"must",{}"data":{{{}}},{}"fence":1,"mono":{},"out":"ok",)"
        R"("prev":"{}","seq":{},"src":{{"node":"n","rel":"1","svc":"api"}},"strm":"{}",)"
        R"("t":"2026-11-24T09:05:00.000000Z","v":1)",
        act, size() % 7, 0, corr, data, ent, size(), prev(), size(), name);
    leaves.push_back(crypto::sha256(std::string(1, '\0') + body + "}"));
    lines.push_back(body + ",\"h\":\"" + base::to_hex(crypto::bytes_of(leaves.back())) + "\"}\n");
  }
  /// A record of a request whose sender showed these heads.
  void append_seeing(std::string_view seen) { append("inference.request", {}, seen); }
  /// The head of the first `count` records, as it stands in `ent` of another stream.
  [[nodiscard]] std::string shown(uint64_t count) const {
    return fmt::format(R"({{"h":"{}","n":{},"s":"{}"}})",
                       base::to_hex(crypto::bytes_of(leaves.at(count - 1))), count, name);
  }
  void append_many(size_t count) {
    for (size_t i = 0; i < count; ++i) append();
  }

  /// Records from `count` on are gone; signatures stay.
  void cut(uint64_t count) {
    lines.resize(count);
    leaves.resize(count);
    while (begins.size() > 1 && begins.back() > count) {
      begins.pop_back();
      epochs.pop_back();
    }
  }
  /// All that was signed for more than `count` records is gone.
  void forget_signatures() {
    checkpoints_log.clear();
    checkpoint.reset();
    head.reset();
    ends.clear();
  }

  [[nodiscard]] std::string text(uint64_t count) const {
    return *tlog::write_checkpoint(origin, count, tlog::naive_root(std::span(leaves).first(count)));
  }
  [[nodiscard]] std::string note(uint64_t count, const std::vector<Signer>& signers) const {
    return signed_note(text(count), signers);
  }
  /// A whole checkpoint of the first `count` records.
  [[nodiscard]] std::string both(uint64_t count, uint64_t epoch) const {
    return note(count, {epochs[epoch], log_key});
  }

  /// The checkpoint of all records, by the key of `epoch`.
  void sign_as(uint64_t epoch) {
    head = note(size(), {epochs[epoch]});
    checkpoint = both(size(), epoch);
    checkpoints_log += *checkpoint + "\n";
  }
  void sign() { sign_as(epochs.size() - 1); }

  /// Ends the epoch, as a writer does, and has that signed.
  void begin_epoch() {
    const uint64_t old = epochs.size() - 1;
    add_epoch_key(size() + 1);
    append("log.epoch", fmt::format(R"("epoch":{},"key":"{}")", old + 1,
                                    base::to_hex(epochs.back()->verifier().public_key())));
    ends[old] = note(size(), {epochs[old]});
    sign_as(old);
  }

  void put_into(Contents& files, const std::string& root) const {
    const std::string folder = root + "/" + name + "/";
    for (uint64_t epoch = 0; epoch < epochs.size(); ++epoch) {
      files[folder + epoch_public_file(epoch)] = epochs[epoch]->verifier().to_text() + "\n";
    }
    for (const auto& [epoch, end] : ends) files[folder + epoch_end_file(epoch)] = end;
    if (!checkpoints_log.empty()) files[folder + "checkpoints.log"] = checkpoints_log;
    if (checkpoint) files[folder + "checkpoint"] = *checkpoint;
    if (head) files[folder + "head"] = *head;
    for (size_t seq = 0; seq < lines.size(); ++seq) {
      files[segment(root, seq)] += lines[seq];
    }
  }

  /// The file that holds the record `seq`.
  [[nodiscard]] std::string segment(const std::string& root, size_t seq) const {
    return fmt::format("{}/{}/seg/{:020}.jsonl", root, name, seq - seq % records_in_segment);
  }
};

/// For tests: an installation with its log key.
struct SignedLedger {
  static constexpr std::string_view kFolder = "/data/audit";

  std::string install_id = "inst-1";
  std::string log_seed = "log key";
  std::map<std::string, SignedStream> streams;

  SignedStream& add(const std::string& name, const std::string& seed = "epochs") {
    return streams.emplace(name, SignedStream(install_id, name, seed, log_seed)).first->second;
  }
  SignedStream& operator[](const std::string& name) { return streams.at(name); }

  /// What the checkpointer does when it has signed for the stream.
  void tell(const std::string& name) {
    const SignedStream& stream = streams.at(name);
    const crypto::Digest root = tlog::naive_root(stream.leaves);
    streams.at("install").append(
        "log.checkpoint", fmt::format(R"("root":"{}","size":{},"stream":"{}")",
                                      base::to_hex(crypto::bytes_of(root)), stream.size(), name));
  }
  void sign(const std::string& name) {
    streams.at(name).sign();
    if (name != "install") tell(name);
  }
  void begin_epoch(const std::string& name) {
    streams.at(name).begin_epoch();
    if (name != "install") tell(name);
  }

  /// The log key as `keys/log.pub` has it.
  [[nodiscard]] std::string log_key() const {
    return signer_of(install_id, log_seed)->verifier().to_text() + "\n";
  }

  [[nodiscard]] Contents contents() const {
    const std::string root(kFolder);
    Contents files;
    files[root + "/origin"] = install_id + "\n";
    files[root + "/keys/log.pub"] = log_key();
    for (const auto& [name, stream] : streams) stream.put_into(files, root);
    return files;
  }
};

/// For tests: three streams; `gateway` in its third epoch, the last three of its 32 records not
/// signed yet, checkpoints of 10, 11, 20, 21 and 29.
inline SignedLedger example_ledger() {
  SignedLedger ledger;
  SignedStream& gateway = ledger.add("gateway");
  SignedStream& tools = ledger.add("tools");
  ledger.add("install");
  gateway.append_many(9);
  ledger.sign("gateway");
  ledger.begin_epoch("gateway");
  gateway.append_many(9);
  ledger.sign("gateway");
  ledger.begin_epoch("gateway");
  gateway.append_many(8);
  ledger.sign("gateway");
  gateway.append_many(3);
  tools.append_many(4);
  ledger.sign("tools");
  ledger.sign("install");
  return ledger;
}

/// For tests: the verdict on these files.
inline LedgerReport verify_contents(const Contents& contents, const VerifyOptions& options = {}) {
  testing::FaultyFiles files;
  for (const auto& [path, content] : contents) files.put(path, content);
  return verify_ledger(files, std::string(SignedLedger::kFolder), options);
}

/// For tests: the first violation, as in "gateway FORK 12"; without one the first word.
inline std::string short_verdict(const LedgerReport& report) {
  for (const StreamReport& stream : report.streams) {
    if (!stream.violation) continue;
    return fmt::format("{} {} {}", stream.stream, to_string(stream.violation->verdict),
                       stream.violation->seq);
  }
  const std::string sentence = report.sentence();
  return sentence.substr(0, sentence.find(' '));
}

}  // namespace srasta::audit
