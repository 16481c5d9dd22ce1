#include "audit/witnessed_ledger_cases_test.h"

#include "tlog/cosignature.h"

#include <initializer_list>

namespace srasta::audit {
namespace {

const std::string kFolder = "/data/audit/";

tlog::SignerKey witness(const std::string& name) {
  // The same key in every run, for cosignatures.
  const Signer seed = signer_of("x", "witness " + name);
  std::string text = "PRIVATE+KEY+witness.example/" + name;
  const std::string data =
      "\x04" + std::string(crypto::bytes_of(crypto::sha256("witness " + name)));
  const tlog::KeyId id = tlog::key_id("witness.example/" + name, tlog::SignatureType::CosignatureV1,
                                      seed->verifier().public_key());
  text += "+" + tlog::key_id_hex(id) + "+" + base::to_base64(data);
  return *tlog::SignerKey::parse(base::Secret(text));
}

std::string witness_lines(std::initializer_list<const char*> names) {
  std::string lines;
  for (const char* name : names) {
    lines += fmt::format("witness {} {}\n", name, witness(name).verifier().to_text());
  }
  return lines;
}

/// A checkpoint of the first `size` records with these cosignatures.
std::string cosigned(const SignedStream& stream, uint64_t size,
                     std::initializer_list<const char*> names) {
  tlog::Note note = *tlog::parse_note(stream.note(size, {stream.log_key}));
  for (const char* name : names) {
    note.signatures.push_back(*tlog::cosign(note.text, 1'764'000'000, witness(name)));
  }
  return tlog::write_note(note);
}

class Witnessed {
 public:
  /// All streams cosigned as they are by these.
  Witnessed(std::initializer_list<const char*> names) : ledger_(example_ledger()) {
    contents_ = ledger_.contents();
    for (const auto& [name, stream] : ledger_.streams) {
      contents_[kFolder + name + "/cosigned"] = cosigned(stream, stream.size(), names);
    }
  }
  /// `gateway` otherwise than the others.
  Witnessed& gateway(const std::string& note) {
    contents_[kFolder + "gateway/cosigned"] = note;
    return *this;
  }
  Witnessed& gateway(uint64_t size, std::initializer_list<const char*> names) {
    return gateway(cosigned(ledger_["gateway"], size, names));
  }
  [[nodiscard]] LedgerCase as(std::string name, std::string expected, std::string policy) const {
    return {.name = std::move(name),
            .expected = std::move(expected),
            .contents = contents_,
            .witness = std::move(policy)};
  }

 private:
  SignedLedger ledger_;
  Contents contents_;
};

const std::string kTwoOfThree = witness_lines({"a", "b", "c"}) + "group g 2 a b c\nquorum g\n";

void add_quorums(std::vector<LedgerCase>& cases) {
  cases.push_back(Witnessed({"a", "b"}).as("quorum", "OK", kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).gateway(29, {"b", "c"}).as("older_quorum", "OK", kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).gateway(29, {"b"}).as("one_missing", "UNANCHORED", kTwoOfThree));
  cases.push_back(Witnessed({"a"}).as("one_missing_everywhere", "UNANCHORED", kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).gateway(29, {"b", "b"}).as("one_twice", "UNANCHORED", kTwoOfThree));
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(29, {"b", "d"})
                      .as("unknown_witness", "UNANCHORED", kTwoOfThree));
  cases.push_back(Witnessed({"a", "b"})
                      .gateway("x")
                      .as("cosigned_is_no_note", "gateway BAD_SIGNATURE 0", kTwoOfThree));
  cases.push_back(Witnessed({}).as("no_cosignatures", "UNANCHORED", kTwoOfThree));
  cases.push_back(Witnessed({}).as("none_asked", "OK", "quorum none\n"));
  cases.push_back(Witnessed({"a", "b"})
                      .as("none_asked_nor_needed", "OK",
                          kTwoOfThree.substr(0, kTwoOfThree.find("quorum")) + "quorum none\n"));
  LedgerCase further = Witnessed({"a"}).as("quorum_in_another_file", "OK", kTwoOfThree);
  const SignedLedger known = example_ledger();
  for (const auto& [name, stream] : known.streams) {
    further.contents[kFolder + name + "/cosigned-2"] = cosigned(stream, stream.size(), {"c", "b"});
  }
  cases.push_back(further);
  further.name = "other_file_is_no_note";
  further.expected = "gateway BAD_SIGNATURE 0";
  further.contents[kFolder + "gateway/cosigned-99"] = "x";
  cases.push_back(further);
  further.name = "file_that_is_not_cosigned";
  further.expected = "OK";
  for (const char* name : {"-99", "-0", "-01", "-100", "-", "2", "-x"}) {
    further.contents[kFolder + "gateway/cosigned" + name] = "x";
  }
  further.contents.erase(kFolder + "gateway/cosigned-99");
  cases.push_back(further);
  LedgerCase nothing{.name = "nothing_cosigned",
                     .expected = "UNANCHORED",
                     .contents = example_ledger().contents(),
                     .witness = kTwoOfThree};
  cases.push_back(nothing);
  const SignedLedger ledger = example_ledger();
  for (const auto& [name, stream] : ledger.streams) {
    nothing.since.push_back(cosigned(stream, stream.size() - 1, {"c", "a"}));
  }
  nothing.name = "cosigned_is_elsewhere";
  nothing.expected = "OK";
  cases.push_back(nothing);
}

void add_groups(std::vector<LedgerCase>& cases) {
  const std::string nested = witness_lines({"a", "b", "c", "d"}) +
                             "group x any a b\ngroup y all x c\ngroup z 1 y d\nquorum z\n";
  cases.push_back(Witnessed({"b", "c"}).as("groups", "OK", nested));
  cases.push_back(Witnessed({"d"}).as("other_group", "OK", nested));
  cases.push_back(Witnessed({"a", "b"}).as("half_a_group", "UNANCHORED", nested));
  cases.push_back(
      Witnessed({"a"}).as("one_witness", "OK", witness_lines({"a", "b"}) + "quorum a\n"));
  cases.push_back(Witnessed({"a"}).as("the_other_witness", "UNANCHORED",
                                      witness_lines({"a", "b"}) + "quorum b\n"));
}

void add_wrong(std::vector<LedgerCase>& cases) {
  const SignedLedger ledger = example_ledger();
  const SignedStream& gateway = ledger.streams.at("gateway");
  // A cosignature of another checkpoint, or by another key under a name and id that are known.
  tlog::Note moved = *tlog::parse_note(cosigned(gateway, 29, {"a"}));
  moved.signatures.push_back(tlog::parse_note(cosigned(gateway, 28, {"b"}))->signatures.back());
  cases.push_back(
      Witnessed({"a", "b"})
          .gateway(tlog::write_note(moved))
          .as("cosignature_of_another_checkpoint", "gateway BAD_SIGNATURE 29", kTwoOfThree));
  tlog::Note forged = *tlog::parse_note(cosigned(gateway, 29, {"a", "c"}));
  tlog::NoteSignature by_other = forged.signatures.back();
  by_other.name = "witness.example/b";
  by_other.id = witness("b").id();
  forged.signatures.back() = by_other;
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(tlog::write_note(forged))
                      .as("cosignature_by_another_key", "gateway BAD_SIGNATURE 29", kTwoOfThree));
  by_other.bytes.resize(71);
  forged.signatures.back() = by_other;
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(tlog::write_note(forged))
                      .as("short_cosignature", "gateway BAD_SIGNATURE 29", kTwoOfThree));
  by_other.bytes = "\xff" + by_other.bytes;
  forged.signatures.back() = by_other;
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(tlog::write_note(forged))
                      .as("cosignature_beyond_time", "gateway BAD_SIGNATURE 29", kTwoOfThree));
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(cosigned(ledger.streams.at("tools"), 5, {"a", "b"}))
                      .as("cosigned_of_another_stream", "gateway BAD_SIGNATURE 0", kTwoOfThree));
  SignedLedger rewritten = example_ledger();
  rewritten["gateway"].cut(30);
  rewritten["gateway"].append("auth.fail");
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(cosigned(rewritten["gateway"], 31, {"a", "b"}))
                      .as("cosigned_fork", "gateway FORK 31", kTwoOfThree));
  SignedLedger longer = example_ledger();
  longer["gateway"].append_many(3);
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(cosigned(longer["gateway"], 35, {"a", "b"}))
                      .as("cosigned_is_larger", "gateway TRUNCATED 32", kTwoOfThree));
  SignedStream stolen = gateway;
  stolen.log_key = signer_of(gateway.origin, "another log key");
  cases.push_back(Witnessed({"a", "b"})
                      .gateway(cosigned(stolen, 29, {"a", "b"}))
                      .as("cosigned_by_another_log_key", "gateway BAD_SIGNATURE 29", kTwoOfThree));
  // What nobody asks for is not looked at.
  cases.push_back(Witnessed({"a", "b"}).gateway("x").as("cosigned_without_policy", "OK", ""));
}

void add_logs(std::vector<LedgerCase>& cases) {
  const std::string own = "log " + example_ledger().log_key();
  const std::string other =
      "log " + signer_of("inst-1", "another log key")->verifier().to_text() + "\n";
  const std::string gateway =
      "log " + example_ledger()["gateway"].log_key->verifier().to_text() + "\n";
  cases.push_back(Witnessed({"a", "b"}).as("log_of_the_policy", "OK", own + kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).as("one_of_the_logs_of_the_policy", "OK", other + own + kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).as("another_log_in_the_policy", "UNANCHORED", other + kTwoOfThree));
  cases.push_back(
      Witnessed({"a", "b"}).as("one_stream_in_the_policy", "UNANCHORED", gateway + kTwoOfThree));
  cases.push_back(
      Witnessed({}).as("another_log_and_no_quorum", "UNANCHORED", other + "quorum none\n"));
}

/// A quorum binds what the keys of today could rewrite.
void add_anchoring(std::vector<LedgerCase>& cases) {
  SignedLedger ledger = example_ledger();
  SignedStream& gateway = ledger["gateway"];
  gateway.ends.erase(0);
  gateway.checkpoints_log = gateway.both(29, 2) + "\n";
  LedgerCase one{.name = "epoch_without_end_but_witnessed",
                 .expected = "OK",
                 .contents = ledger.contents(),
                 .witness = kTwoOfThree};
  for (const auto& [name, stream] : ledger.streams) {
    one.contents[kFolder + name + "/cosigned"] = cosigned(stream, stream.size(), {"a", "c"});
  }
  cases.push_back(one);
  one.name = "epoch_without_end_and_too_few_witnesses";
  one.expected = "UNANCHORED";
  one.contents[kFolder + "gateway/cosigned"] = cosigned(gateway, 32, {"a"});
  cases.push_back(one);
  one.name = "epoch_without_end_and_no_witness_asked";
  one.witness = "quorum none\n";
  cases.push_back(one);
  SignedLedger grown = example_ledger();
  grown["tools"].append_many(8193);
  grown["tools"].sign();
  LedgerCase late{.name = "witnessed_too_long_ago",
                  .expected = "UNANCHORED",
                  .contents = grown.contents(),
                  .witness = kTwoOfThree};
  for (const auto& [name, stream] : grown.streams) {
    const uint64_t size = name == "tools" ? 5 : stream.size();
    late.contents[kFolder + name + "/cosigned"] = cosigned(stream, size, {"a", "b"});
  }
  cases.push_back(late);
}

}  // namespace

std::vector<LedgerCase> witnessed_ledger_cases() {
  std::vector<LedgerCase> cases;
  add_quorums(cases);
  add_groups(cases);
  add_wrong(cases);
  add_logs(cases);
  add_anchoring(cases);
  return cases;
}

}  // namespace srasta::audit
