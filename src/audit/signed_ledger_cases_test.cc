#include "audit/signed_ledger_cases_test.h"

#include <functional>

namespace srasta::audit {
namespace {

const std::string kGateway = "/data/audit/gateway/";

/// The cases as they grow.
class CaseList {
 public:
  using Damage = std::function<void(Contents&)>;
  using Forgery = std::function<void(SignedLedger&)>;

  /// Somebody changed files.
  LedgerCase& damaged(std::string name, std::string expected, const Damage& damage) {
    Contents contents = example_ledger().contents();
    damage(contents);
    return add(std::move(name), std::move(expected), std::move(contents));
  }
  /// Somebody wrote another ledger, with the keys that it takes.
  LedgerCase& forged(std::string name, std::string expected, const Forgery& forge) {
    SignedLedger ledger = example_ledger();
    forge(ledger);
    return add(std::move(name), std::move(expected), ledger.contents());
  }

  std::vector<LedgerCase> take() { return std::move(cases_); }

 private:
  LedgerCase& add(std::string name, std::string expected, Contents contents) {
    cases_.push_back({std::move(name), std::move(expected), std::move(contents)});
    return cases_.back();
  }

  std::vector<LedgerCase> cases_;
};

std::string anchor_of(const std::string& stream, uint64_t size) {
  const SignedLedger ledger = example_ledger();
  const SignedStream& signed_stream = ledger.streams.at(stream);
  return signed_stream.note(size, {signed_stream.log_key});
}

/// The last note without some of its signature lines.
std::string without_lines(const std::string& note, const std::string& name) {
  tlog::Note kept = *tlog::parse_note(note);
  std::erase_if(kept.signatures, [&](const auto& signature) { return signature.name == name; });
  return tlog::write_note(kept);
}

void remove_stream(Contents& files, const std::string& name) {
  std::erase_if(
      files, [&](const auto& file) { return file.first.starts_with("/data/audit/" + name + "/"); });
}

/// `from` on is written anew with the keys of today, and signed.
void rewrite(SignedStream& stream, uint64_t from, size_t more) {
  stream.cut(from);
  for (size_t i = 0; i < more; ++i) stream.append("auth.fail");
}

void add_intact(CaseList& list) {
  list.damaged("intact", "OK", [](Contents&) {});
  list.damaged("trusted_log_key", "OK", [](Contents&) {}).trust = example_ledger().log_key();
  list.damaged("trusted_under_the_origin", "gateway BAD_SIGNATURE 10",
               [](Contents& files) { files.erase("/data/audit/keys/log.pub"); })
      .trust = example_ledger()["install"].log_key->verifier().to_text() + "\n";
  list.damaged("trusted_log_key_among_others", "OK",
               [](Contents& files) { files.erase("/data/audit/keys/log.pub"); })
      .trust = "# keys\n\n" + signer_of("inst-2", "x")->verifier().to_text() + "\n" +
               signer_of("inst-1", "older")->verifier().to_text() + "\n" +
               example_ledger().log_key();
  list.damaged("under_way_is_for_the_writer_only", "OK",
               [](Contents& files) { files[kGateway + "under-way"] = "no note\n"; });
  list.damaged("anchored_tail", "OK", [](Contents&) {}).since = {anchor_of("gateway", 32)};
  list.damaged("many_anchors", "OK", [](Contents&) {}).since = {
      anchor_of("gateway", 30), anchor_of("gateway", 5), anchor_of("tools", 5),
      anchor_of("install", 2)};
  list.damaged("anchor_with_other_signatures", "OK", [](Contents&) {}).since = {
      example_ledger()["gateway"].note(
          30, {example_ledger()["gateway"].log_key, signer_of("witness.example/w", "w")})};
  list.damaged("anchor_of_nothing", "OK", [](Contents&) {}).since = {anchor_of("gateway", 0)};
  list.forged("segments", "OK",
              [](SignedLedger& ledger) { ledger["gateway"].records_in_segment = 7; });
  list.forged("recovered_and_clock", "OK", [](SignedLedger& ledger) {
    ledger["gateway"].append("log.recovered", R"("bytes":9,"from_seq":32,"valid_after":0)");
    ledger["gateway"].append("log.clock.step", R"("after":"-","before":"-")");
    ledger["gateway"].append("log.restored", R"("set":"s","size":32)");
  });
  list.forged("no_record_of_install_is_for_nothing", "OK", [](SignedLedger& ledger) {
    ledger["install"].append("log.checkpoint", R"("root":"-","size":1,"stream":"gone")");
    ledger["install"].append("log.checkpoint", R"("size":1,"stream":"gone")");
  });
}

void add_unanchored(CaseList& list) {
  list.damaged("never_signed", "UNANCHORED", [](Contents& files) {
    for (const char* name :
         {"checkpoints.log", "checkpoint", "head", "epoch-000000.end", "epoch-000001.end"}) {
      files.erase(kGateway + name);
    }
  });
  list.forged("signed_too_long_ago", "UNANCHORED",
              [](SignedLedger& ledger) { ledger["tools"].append_many(8193); });
  list.forged("signed_just_recently", "OK",
              [](SignedLedger& ledger) { ledger["tools"].append_many(8192); });
  list.forged("epoch_without_end", "UNANCHORED", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.ends.erase(0);
    gateway.checkpoints_log = gateway.both(29, 2) + "\n";
  });
  list.forged("epoch_without_end_file", "OK",
              [](SignedLedger& ledger) { ledger["gateway"].ends.clear(); });
  list.forged("epochs_with_end_files_only", "OK",
              [](SignedLedger& ledger) { ledger["gateway"].checkpoints_log.clear(); });
  list.forged("anchor_makes_up_for_an_end", "OK",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.ends.erase(0);
                gateway.checkpoints_log = gateway.both(29, 2) + "\n";
              })
      .since = {anchor_of("gateway", 12)};
}

void add_chain(CaseList& list) {
  list.damaged("no_segment", "gateway SEGMENT_MISSING 0",
               [](Contents& files) { files.erase(kGateway + "seg/00000000000000000000.jsonl"); });
  list.damaged("empty_segment", "gateway TRUNCATED 0",
               [](Contents& files) { files[kGateway + "seg/00000000000000000000.jsonl"].clear(); });
  for (const auto& [missing, expected] : {std::pair{size_t{0}, "gateway SEGMENT_MISSING 0"},
                                          {14, "gateway SEGMENT_MISSING 14"},
                                          {28, "gateway TRUNCATED 28"}}) {
    SignedLedger ledger = example_ledger();
    ledger["gateway"].records_in_segment = 7;
    const std::string path = ledger["gateway"].segment("/data/audit", missing);
    list.damaged(fmt::format("without_segment_{}", missing), expected, [&](Contents& files) {
      files = ledger.contents();
      files.erase(path);
    });
  }
  list.damaged("torn_behind_the_last_checkpoint", "gateway TRUNCATED 31", [](Contents& files) {
    files[kGateway + "seg/00000000000000000000.jsonl"].pop_back();
  });
  list.damaged("key_of_epoch_0_missing", "gateway EPOCH_GAP 0",
               [](Contents& files) { files.erase(kGateway + "epoch-000000.pub"); });
  list.damaged("key_of_epoch_0_of_another_name", "gateway EPOCH_GAP 0", [](Contents& files) {
    files[kGateway + "epoch-000000.pub"] = files[kGateway + "epoch-000001.pub"];
  });
  list.damaged("key_of_epoch_0_without_end", "gateway EPOCH_GAP 0",
               [](Contents& files) { files[kGateway + "epoch-000000.pub"].pop_back(); });
  list.damaged("key_of_epoch_0_for_cosignatures", "gateway EPOCH_GAP 0", [](Contents& files) {
    const auto key = tlog::VerifierKey::make(
        "inst-1/gateway/epoch-000000", tlog::SignatureType::CosignatureV1, std::string(32, 'k'));
    files[kGateway + "epoch-000000.pub"] = key->to_text() + "\n";
  });
  list.damaged("another_key_of_epoch_0", "gateway MODIFIED 0", [](Contents& files) {
    files[kGateway + "epoch-000000.pub"] =
        signer_of("inst-1/gateway/epoch-000000", "other")->verifier().to_text() + "\n";
  });
  list.damaged("another_installation", "gateway EPOCH_GAP 0",
               [](Contents& files) { files["/data/audit/origin"] = "inst-2\n"; });
  list.damaged("log_of_another_stream", "tools MODIFIED 0", [](Contents& files) {
    const std::string name = "seg/00000000000000000000.jsonl";
    files["/data/audit/tools/" + name] = files[kGateway + name];
  });
}

void add_epochs(CaseList& list) {
  list.damaged("key_of_epoch_1_missing", "gateway EPOCH_GAP 10",
               [](Contents& files) { files.erase(kGateway + "epoch-000001.pub"); });
  list.damaged("another_key_of_epoch_1", "gateway EPOCH_GAP 10", [](Contents& files) {
    files[kGateway + "epoch-000001.pub"] =
        signer_of("inst-1/gateway/epoch-000001", "other")->verifier().to_text() + "\n";
  });
  for (const auto& [name, data] : {std::pair{"skipped", R"("epoch":2,"key":"{}")"},
                                   {"repeated", R"("epoch":0,"key":"{}")"},
                                   {"without_number", R"("key":"{}")"},
                                   {"without_key", R"("epoch":1,"kez":"{}")"}}) {
    list.forged(std::string("epoch_") + name, "gateway EPOCH_GAP 10",
                [form = std::string(data)](SignedLedger& ledger) {
                  SignedStream& gateway = ledger["gateway"];
                  const std::string key = base::to_hex(gateway.epochs[1]->verifier().public_key());
                  gateway.lines.resize(10);
                  gateway.leaves.resize(10);
                  gateway.append("log.epoch", fmt::format(fmt::runtime(form), key));
                });
  }
  list.forged("old_checkpoint_signed_by_the_key_of_today", "gateway EPOCH_GAP 10",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.checkpoints_log = gateway.both(10, 2) + "\n";
              });
  list.forged("checkpoint_by_two_epochs", "gateway EPOCH_GAP 29", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoint = gateway.note(29, {gateway.epochs[2], gateway.log_key, gateway.epochs[1]});
  });
  list.forged("last_record_of_an_epoch_signed_by_the_next", "gateway EPOCH_GAP 21",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.checkpoint = gateway.both(21, 2);
              });
  list.forged("first_record_of_an_epoch_signed_by_the_one_before", "gateway EPOCH_GAP 22",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.head = gateway.note(22, {gateway.epochs[1]});
              });
  list.forged("end_elsewhere", "gateway EPOCH_GAP 10", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.ends[0] = gateway.note(10, {gateway.epochs[0]});
  });
  list.forged("end_of_the_epoch_that_lasts", "gateway EPOCH_GAP 25", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.ends[2] = gateway.note(25, {gateway.epochs[2]});
  });
  list.forged("end_by_another_key", "gateway BAD_SIGNATURE 11", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.ends[0] = gateway.note(11, {signer_of(gateway.epochs[0]->name(), "other")});
  });
  list.damaged("end_is_garbage", "gateway BAD_SIGNATURE 0",
               [](Contents& files) { files[kGateway + "epoch-000001.end"] = "x"; });
  list.damaged("trusted_first_key", "OK", [](Contents&) {}).trust =
      example_ledger().log_key() + example_ledger()["gateway"].epochs[0]->verifier().to_text() +
      "\n";
  list.damaged("another_trusted_first_key", "gateway EPOCH_GAP 0", [](Contents&) {}).trust =
      example_ledger().log_key() +
      signer_of("inst-1/gateway/epoch-000000", "other")->verifier().to_text() + "\n";
}

void add_checkpoint_log(CaseList& list) {
  const std::string path = kGateway + "checkpoints.log";
  list.damaged("checkpoints_log_without_its_last_byte", "OK",
               [&](Contents& files) { files[path].pop_back(); });
  list.damaged("checkpoints_log_torn", "OK",
               [&](Contents& files) { files[path].resize(files[path].size() - 70); });
  list.damaged("checkpoints_log_torn_in_the_first_note", "OK",
               [&](Contents& files) { files[path].resize(70); });
  list.damaged("checkpoints_log_ends_in_zeros", "OK",
               [&](Contents& files) { files[path] += std::string(300, '\0') + "\n\nx\n\n"; });
  list.damaged("checkpoints_log_has_zeros_within", "gateway BAD_SIGNATURE 0", [&](Contents& files) {
    files[path] += std::string(300, '\0') + "\n\nx\n\n" + files[path];
  });
  list.damaged("checkpoints_log_is_a_long_line", "gateway BAD_SIGNATURE 0",
               [&](Contents& files) { files[path] = std::string(1'000'001, 'x'); });
  list.damaged("checkpoints_log_is_almost_as_long", "OK",
               [&](Contents& files) { files[path] = std::string(1'000'000, 'x'); });
  list.damaged("checkpoints_log_begins_with_an_empty_line", "gateway BAD_SIGNATURE 0",
               [&](Contents& files) { files[path].insert(0, "\n"); });
  list.damaged("checkpoints_log_of_another_stream", "gateway BAD_SIGNATURE 0",
               [&](Contents& files) { files[path] = files["/data/audit/tools/checkpoints.log"]; });
  list.forged("checkpoints_log_goes_back", "gateway BAD_SIGNATURE 20", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoints_log += gateway.both(20, 1) + "\n" + gateway.both(29, 2) + "\n";
  });
  list.forged("checkpoints_log_repeats_a_size", "OK", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoints_log += gateway.both(29, 2) + "\n";
  });
  list.forged("checkpoint_of_nothing", "OK", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoints_log.insert(0, gateway.both(0, 0) + "\n");
  });
}

void add_signatures(CaseList& list) {
  const std::string origin = "inst-1/gateway";
  const std::string path = kGateway + "checkpoint";
  list.damaged("signature_of_the_log_stripped", "gateway BAD_SIGNATURE 29",
               [&](Contents& files) { files[path] = without_lines(files[path], origin); });
  list.damaged("signature_of_the_epoch_stripped", "gateway BAD_SIGNATURE 29", [&](Contents& files) {
    files[path] = without_lines(files[path], origin + "/epoch-000002");
  });
  list.damaged("all_signatures_stripped", "gateway BAD_SIGNATURE 0",
               [&](Contents& files) { files[path].resize(files[path].find("\n\n") + 2); });
  list.damaged("head_without_signature", "gateway BAD_SIGNATURE 29", [&](Contents& files) {
    files[kGateway + "head"] =
        example_ledger()["gateway"].note(29, {signer_of("somebody", "else")});
  });
  list.damaged("checkpoint_with_an_extension", "gateway BAD_SIGNATURE 0", [&](Contents& files) {
    const SignedStream gateway = example_ledger()["gateway"];
    files[path] = signed_note(gateway.text(29) + "more\n", {gateway.epochs[2], gateway.log_key});
  });
  list.damaged("signature_of_other_bytes", "gateway BAD_SIGNATURE 29", [&](Contents& files) {
    tlog::Note note = *tlog::parse_note(files[path]);
    note.signatures[0].bytes[40] ^= 1;
    files[path] = tlog::write_note(note);
  });
  list.damaged("short_signature", "gateway BAD_SIGNATURE 29", [&](Contents& files) {
    tlog::Note note = *tlog::parse_note(files[path]);
    note.signatures[1].bytes.pop_back();
    files[path] = tlog::write_note(note);
  });
  list.damaged("wrong_signature_beside_the_right_one", "gateway BAD_SIGNATURE 29",
               [&](Contents& files) {
                 tlog::Note note = *tlog::parse_note(files[path]);
                 note.signatures.push_back(note.signatures[1]);
                 note.signatures.back().bytes[0] ^= 1;
                 files[path] = tlog::write_note(note);
               });
  list.damaged("right_signature_twice", "OK", [&](Contents& files) {
    tlog::Note note = *tlog::parse_note(files[path]);
    note.signatures.push_back(note.signatures[0]);
    files[path] = tlog::write_note(note);
  });
  list.damaged("another_log_key", "gateway BAD_SIGNATURE 10", [](Contents& files) {
    files["/data/audit/keys/log.pub"] = signer_of("inst-1", "other")->verifier().to_text() + "\n";
  });
  list.damaged("log_key_of_another_name", "gateway BAD_SIGNATURE 10", [](Contents& files) {
    files["/data/audit/keys/log.pub"] =
        signer_of("inst-1/gateway", "log key")->verifier().to_text() + "\n";
  });
  list.damaged("no_log_key", "gateway BAD_SIGNATURE 10",
               [](Contents& files) { files.erase("/data/audit/keys/log.pub"); });
  list.damaged("another_trusted_log_key", "gateway BAD_SIGNATURE 10", [](Contents&) {}).trust =
      signer_of("inst-1", "other")->verifier().to_text() + "\n";
  list.forged("all_signed_by_another_log_key", "OK", [](SignedLedger& ledger) {
    ledger = {};
    ledger.log_seed = "of the forger";
    ledger.add("install");
    ledger.sign("install");
  });
  list.forged("all_signed_by_a_log_key_that_is_not_trusted", "install BAD_SIGNATURE 1",
              [](SignedLedger& ledger) {
                ledger = {};
                ledger.log_seed = "of the forger";
                ledger.add("install");
                ledger.sign("install");
              })
      .trust = example_ledger().log_key();
}

void add_cuts(CaseList& list) {
  list.forged("cut_into_the_signed_part", "gateway TRUNCATED 28",
              [](SignedLedger& ledger) { ledger["gateway"].cut(28); });
  list.forged("cut_to_the_last_checkpoint", "OK",
              [](SignedLedger& ledger) { ledger["gateway"].cut(29); });
  list.forged("cut_with_its_checkpoints_but_for_head", "gateway TRUNCATED 21",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.cut(21);
                gateway.checkpoints_log.clear();
                gateway.checkpoint.reset();
              });
  list.forged("cut_with_all_of_its_checkpoints", "gateway TRUNCATED 21", [](SignedLedger& ledger) {
    ledger["gateway"].cut(21);
    ledger["gateway"].forget_signatures();
  });
  list.damaged("stream_is_gone", "tools SEGMENT_MISSING 0",
               [](Contents& files) { remove_stream(files, "tools"); });
  list.damaged("stream_is_gone_and_known_elsewhere", "tools SEGMENT_MISSING 0",
               [](Contents& files) { remove_stream(files, "tools"); })
      .since = {anchor_of("tools", 3)};
  // Nobody is left to miss it.
  list.damaged("stream_and_install_are_gone", "OK", [](Contents& files) {
    remove_stream(files, "tools");
    remove_stream(files, "install");
  });
  list.damaged("stream_and_install_are_gone_but_known", "install ROLLED_BACK 0",
               [](Contents& files) {
                 remove_stream(files, "tools");
                 remove_stream(files, "install");
               })
      .since = {anchor_of("tools", 3), anchor_of("install", 3)};
  const auto restore_backup = [](SignedLedger& ledger) {
    ledger = {};
    ledger.add("gateway").append_many(9);
    ledger.add("install");
    ledger.sign("gateway");
    ledger.sign("install");
  };
  list.forged("older_backup", "OK", restore_backup);
  list.forged("older_backup_with_a_newer_anchor", "gateway ROLLED_BACK 10", restore_backup)
      .since = {anchor_of("gateway", 21)};
}

void add_forks(CaseList& list) {
  list.forged("rewritten_without_keys", "gateway FORK 29",
              [](SignedLedger& ledger) { rewrite(ledger["gateway"], 25, 7); });
  list.forged("same_size_other_root", "gateway FORK 32", [](SignedLedger&) {}).since = {[] {
    SignedLedger other = example_ledger();
    rewrite(other["gateway"], 31, 1);
    return other["gateway"].note(32, {other["gateway"].log_key});
  }()};
  list.forged("install_tells_another_root", "gateway FORK 29", [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoints_log.resize(gateway.checkpoints_log.find(gateway.text(29)));
    rewrite(gateway, 25, 7);
    gateway.checkpoint = gateway.both(32, 2);
    gateway.head.reset();
  });
  // With the keys of the writer, of the log and of `install`, today's epoch can be written anew.
  const auto rewrite_today = [](SignedLedger& ledger) {
    SignedStream& gateway = ledger["gateway"];
    gateway.checkpoints_log.resize(gateway.checkpoints_log.find(gateway.text(29)));
    rewrite(gateway, 25, 7);
    gateway.sign();
    ledger.streams.erase("install");
    ledger.add("install");
    for (const char* stream : {"gateway", "tools"}) ledger.tell(stream);
    ledger.sign("install");
  };
  list.forged("today_rewritten_with_all_keys", "OK", rewrite_today);
  list.forged("today_rewritten_with_all_keys_before_the_anchor", "OK", rewrite_today).since = {
      anchor_of("gateway", 25)};
  list.forged("today_rewritten_with_all_keys_behind_the_anchor", "gateway FORK 29", rewrite_today)
      .since = {anchor_of("gateway", 29)};
  list.forged("today_rewritten_shorter", "gateway ROLLED_BACK 26",
              [](SignedLedger& ledger) {
                SignedStream& gateway = ledger["gateway"];
                gateway.checkpoints_log.resize(gateway.checkpoints_log.find(gateway.text(29)));
                rewrite(gateway, 25, 1);
                gateway.sign();
                ledger.streams.erase("install");
              })
      .since = {anchor_of("gateway", 29)};
}

/// The days before with the keys of today: their own keys are destroyed.
void rewrite_yesterday(SignedLedger& ledger, uint64_t from, bool keep_ends) {
  SignedStream& gateway = ledger["gateway"];
  const SignedStream before = gateway;
  gateway.cut(from);
  gateway.epochs = before.epochs;
  gateway.begins = {0, 13, 21};
  for (size_t seq = from; seq < 32; ++seq) {
    const auto begun = seq == 12 ? 1U : seq == 20 ? 2U : 0U;
    if (begun == 0) {
      gateway.append("auth.fail");
      continue;
    }
    gateway.append("log.epoch",
                   fmt::format(R"("epoch":{},"key":"{}")", begun,
                               base::to_hex(gateway.epochs[begun]->verifier().public_key())));
  }
  gateway.checkpoints_log.clear();
  if (!keep_ends) gateway.ends.clear();
  gateway.sign_as(2);
  ledger.streams.erase("install");
}

void add_rewritten_history(CaseList& list) {
  list.forged("yesterday_rewritten", "gateway FORK 11",
              [](SignedLedger& ledger) { rewrite_yesterday(ledger, 5, true); });
  list.forged("yesterday_rewritten_without_its_ends", "UNANCHORED",
              [](SignedLedger& ledger) { rewrite_yesterday(ledger, 5, false); });
  list.forged("yesterday_rewritten_behind_a_true_checkpoint", "UNANCHORED",
              [](SignedLedger& ledger) {
                const std::string kept = ledger["gateway"].both(10, 0) + "\n";
                rewrite_yesterday(ledger, 10, false);
                ledger["gateway"].checkpoints_log.insert(0, kept);
              });
  list.forged("yesterday_rewritten_but_known", "gateway FORK 8",
              [](SignedLedger& ledger) { rewrite_yesterday(ledger, 5, false); })
      .since = {anchor_of("gateway", 8)};
  // A new log from its first record on needs nothing but the log key.
  const auto begin_anew = [](SignedLedger& ledger) {
    ledger = {};
    ledger.add("gateway", "other keys").append_many(40);
    ledger["gateway"].sign();
  };
  list.forged("begun_anew", "OK", begin_anew);
  list.forged("begun_anew_but_its_first_key_is_known", "gateway EPOCH_GAP 0", begin_anew).trust =
      example_ledger().log_key() + example_ledger()["gateway"].epochs[0]->verifier().to_text() +
      "\n";
  list.forged("begun_anew_but_known", "gateway FORK 1", begin_anew).since = {
      anchor_of("gateway", 1)};
}

void add_anchors(CaseList& list) {
  const SignedStream gateway = example_ledger()["gateway"];
  list.damaged("anchor_by_the_writer_alone", "gateway BAD_SIGNATURE 29", [](Contents&) {}).since = {
      gateway.note(29, {gateway.epochs[2]})};
  list.damaged("anchor_of_another_epoch", "gateway EPOCH_GAP 29", [](Contents&) {}).since = {
      gateway.note(29, {gateway.epochs[1], gateway.log_key})};
  list.damaged("anchor_is_larger", "gateway ROLLED_BACK 32", [](Contents&) {}).since = {
      signed_note(*tlog::write_checkpoint("inst-1/gateway", 33, {}), {gateway.log_key})};
  list.damaged("anchor_of_another_installation", "inst-2/gateway BAD_SIGNATURE 0",
               [](Contents& files) { files.erase(kGateway + "none"); })
      .since = {signed_note(*tlog::write_checkpoint("inst-2/gateway", 3, {}),
                            {signer_of("inst-2/gateway", "x")})};
  list.damaged("anchor_of_no_stream", "inst-1/keys BAD_SIGNATURE 0", [](Contents&) {}).since = {
      signed_note(*tlog::write_checkpoint("inst-1/keys", 3, {}), {signer_of("inst-1/keys", "x")})};
  list.damaged("anchor_of_a_stream_that_never_was", "memory ROLLED_BACK 0", [](Contents&) {})
      .since = {
      signed_note(*tlog::write_checkpoint("inst-1/memory", 3, {}), {signer_of("x", "x")})};
}

}  // namespace

std::vector<LedgerCase> signed_ledger_cases() {
  CaseList list;
  add_intact(list);
  add_unanchored(list);
  add_chain(list);
  add_epochs(list);
  add_checkpoint_log(list);
  add_signatures(list);
  add_cuts(list);
  add_forks(list);
  add_rewritten_history(list);
  add_anchors(list);
  return list.take();
}

}  // namespace srasta::audit
