#include "audit/pruned_ledger_test.h"
#include "audit/signed_ledger_cases_test.h"

#include <functional>
#include <optional>

namespace srasta::audit {
namespace {

const std::string kGateway = "gateway";

/// A ledger of which the records of `gateway` from `from` to `upto` are removed after `allow`.
struct Removal {
  uint64_t from = 0;
  uint64_t upto = 14;
  std::function<void(SignedLedger&)> allow = [](SignedLedger& ledger) {
    allow_prune(ledger, prefix_of(ledger[kGateway], 14, 29));
  };
  std::function<void(Contents&)> damage = [](Contents&) {};
};

LedgerCase made(std::string name, std::string expected, const Removal& removal) {
  SignedLedger ledger = segmented_ledger();
  removal.allow(ledger);
  LedgerCase one{std::move(name), std::move(expected), ledger.contents()};
  remove_segments(one.contents, removal.from, removal.upto);
  removal.damage(one.contents);
  return one;
}

/// A record that differs from the right one.
auto allowing(uint64_t upto, uint64_t size, const std::function<void(PrunedPrefix&)>& change = {}) {
  return [upto, size, change](SignedLedger& ledger) {
    PrunedPrefix pruned = prefix_of(ledger[kGateway], upto, size);
    if (change) change(pruned);
    allow_prune(ledger, pruned);
  };
}

tlog::CompactRange other_tree(uint64_t size) {
  tlog::CompactRange tree;
  for (uint64_t i = 0; i < size; ++i) tree.append(crypto::sha256("x"));
  return tree;
}

void add_authorised(std::vector<LedgerCase>& list) {
  for (const uint64_t upto : {7U, 14U, 21U, 28U}) {
    list.push_back(
        made(fmt::format("pruned_to_{}", upto), "OK", {.upto = upto, .allow = allowing(upto, 29)}));
  }
  list.push_back(
      made("pruned_as_an_older_checkpoint_allows", "OK", {.upto = 7, .allow = allowing(7, 10)}));
  list.push_back(made("prune_is_allowed_and_nothing_removed", "OK", {.upto = 0}));
  list.push_back(made("prune_ended_half_done", "OK", {.upto = 7}));
  list.push_back(
      made("pruned_twice", "OK", {.upto = 21, .allow = [](SignedLedger& ledger) {
                                    allow_prune(ledger, prefix_of(ledger[kGateway], 7, 20));
                                    PrunedPrefix second = prefix_of(ledger[kGateway], 21, 29);
                                    second.from = 7;
                                    allow_prune(ledger, second);
                                  }}));
  list.push_back(made("pruned_twice_and_the_second_ended_half_done", "OK",
                      {.upto = 14, .allow = [](SignedLedger& ledger) {
                         allow_prune(ledger, prefix_of(ledger[kGateway], 7, 20));
                         allow_prune(ledger, prefix_of(ledger[kGateway], 28, 29));
                       }}));
  list.push_back(
      made("pruned_with_a_note_in_what_is_kept", "OK", {.allow = [](SignedLedger& ledger) {
             ledger[kGateway].append("log.recovered", R"("bytes":9,"from_seq":32)");
             allow_prune(ledger, prefix_of(ledger[kGateway], 14, 29));
           }}));
  LedgerCase anchored = made("pruned_with_anchors", "OK", {});
  const SignedStream gateway = segmented_ledger()[kGateway];
  for (const uint64_t size : {5U, 14U, 30U}) {
    anchored.since.push_back(gateway.note(size, {gateway.log_key}));
  }
  anchored.trust = segmented_ledger().log_key() + gateway.epochs[0]->verifier().to_text() + "\n";
  list.push_back(anchored);
  list.push_back(made("install_is_pruned", "OK",
                      {.upto = 0,
                       .allow =
                           [](SignedLedger& ledger) {
                             allow_prune(ledger, prefix_of(ledger["install"], 2, 7));
                             ledger["install"].records_in_segment = 2;
                           },
                       .damage =
                           [](Contents& files) {
                             files.erase("/data/audit/install/seg/00000000000000000000.jsonl");
                           }}));
}

void add_not_authorised(std::vector<LedgerCase>& list) {
  const std::string missing = "gateway SEGMENT_MISSING 0";
  list.push_back(made("pruned_without_a_word", missing, {.allow = [](SignedLedger&) {}}));
  list.push_back(made("pruned_more_than_allowed", missing, {.upto = 21}));
  list.push_back(made(
      "prune_not_covered_by_a_checkpoint", missing, {.allow = [](SignedLedger& ledger) {
        operator_of(ledger).append_many(3);
        ledger.sign("operator");
        operator_of(ledger).append("log.pruned", pruned_data(prefix_of(ledger[kGateway], 14, 29)));
      }}));
  list.push_back(
      made("prune_signed_by_the_writer_alone", missing, {.allow = [](SignedLedger& ledger) {
             SignedStream& told = operator_of(ledger);
             told.append("log.pruned", pruned_data(prefix_of(ledger[kGateway], 14, 29)));
             told.head = told.note(told.size(), {told.epochs[0]});
           }}));
  list.push_back(
      made("prune_of_another_stream", missing,
           {.allow = allowing(14, 29, [](PrunedPrefix& pruned) { pruned.stream = "tools"; })}));
  list.push_back(made("prune_told_by_another_stream", missing, {.allow = [](SignedLedger& ledger) {
                        ledger["tools"].append("log.pruned",
                                               pruned_data(prefix_of(ledger[kGateway], 14, 29)));
                        ledger.sign("tools");
                      }}));
  list.push_back(made("operator_is_gone", missing, {.damage = [](Contents& files) {
                        std::erase_if(files, [](const auto& file) {
                          return file.first.starts_with("/data/audit/operator/");
                        });
                      }}));
  list.push_back(made("operator_is_changed", missing, {.damage = [](Contents& files) {
                        std::string& log =
                            files["/data/audit/operator/seg/00000000000000000000.jsonl"];
                        log[log.find("u-1")] = 'v';
                      }}));
  list.push_back(made("operator_pruned_itself", "operator SEGMENT_MISSING 0",
                      {.upto = 0,
                       .allow =
                           [](SignedLedger& ledger) {
                             SignedStream& told = operator_of(ledger);
                             told.records_in_segment = 2;
                             told.append_many(4);
                             allow_prune(ledger, prefix_of(told, 2, 4));
                           },
                       .damage =
                           [](Contents& files) {
                             files.erase("/data/audit/operator/seg/00000000000000000000.jsonl");
                           }}));
  for (const auto& [name, wrong] :
       {std::pair{"prune_without_roots", R"("roots":")"}, {"prune_without_leaf", R"("leaf":")"}}) {
    list.push_back(
        made(name, missing, {.allow = [member = std::string(wrong)](SignedLedger& ledger) {
               std::string data = pruned_data(prefix_of(ledger[kGateway], 14, 29));
               data.insert(data.find(member) + member.size(), "0");
               operator_of(ledger).append("log.pruned", data);
               ledger.sign("operator");
             }}));
  }
  list.push_back(
      made("gap_in_the_middle_of_what_is_allowed", "gateway SEGMENT_MISSING 7", {.from = 7}));
  list.push_back(made("gap_behind_what_is_allowed", "gateway SEGMENT_MISSING 21",
                      {.damage = [](Contents& files) { remove_segments(files, 21, 28); }}));
  list.push_back(
      made("everything_but_the_allowed_is_gone", "gateway TRUNCATED 14",
           {.upto = 7, .damage = [](Contents& files) { remove_segments(files, 14, 100); }}));
}

void add_forged(std::vector<LedgerCase>& list) {
  using Change = std::function<void(PrunedPrefix&)>;
  const auto forged = [&](const char* name, const char* expected, const Change& change) {
    list.push_back(made(name, expected, {.allow = allowing(14, 29, change)}));
  };
  forged("prune_with_another_leaf", "gateway MODIFIED 13",
         [](PrunedPrefix& pruned) { pruned.leaf = crypto::sha256("x"); });
  forged("prune_with_other_roots", "gateway FORK 20",
         [](PrunedPrefix& pruned) { pruned.tree = other_tree(14); });
  forged("prune_with_another_root", "gateway FORK 29",
         [](PrunedPrefix& pruned) { pruned.root = crypto::sha256("x"); });
  forged("prune_of_a_larger_tree_than_is_there", "gateway TRUNCATED 32",
         [](PrunedPrefix& pruned) { pruned.size = 33; });
  forged("prune_with_another_epoch_key", "gateway EPOCH_GAP 14",
         [](PrunedPrefix& pruned) { pruned.epoch_key = crypto::sha256("x"); });
  forged("prune_with_an_epoch_that_is_over", "gateway EPOCH_GAP 14",
         [](PrunedPrefix& pruned) { pruned.epoch = 0, pruned.epoch_from = 0; });
  forged("prune_with_an_epoch_that_is_to_come", "gateway EPOCH_GAP 20", [](PrunedPrefix& pruned) {
    const SignedLedger ledger = segmented_ledger();
    pruned.epoch = 2;
    pruned.epoch_key = key_bytes(ledger.streams.at(kGateway).epochs[2]->verifier());
  });
  list.push_back(made("forged_prune_although_nothing_is_missing", "gateway FORK 14",
                      {.upto = 0, .allow = allowing(14, 29, [](PrunedPrefix& pruned) {
                                    pruned.tree = other_tree(14);
                                  })}));
  list.push_back(made("half_done_prune_with_another_leaf", "gateway MODIFIED 13",
                      {.upto = 7, .allow = allowing(14, 29, [](PrunedPrefix& pruned) {
                                    pruned.leaf = crypto::sha256("x");
                                  })}));
}

void add_changed(std::vector<LedgerCase>& list) {
  const auto segment = [](uint64_t first) {
    return fmt::format("/data/audit/gateway/seg/{:020}.jsonl", first);
  };
  const auto changed = [&](const char* name, const char* expected, uint64_t upto,
                           const std::function<void(Contents&)>& damage) {
    list.push_back(made(name, expected, {.upto = upto, .damage = damage}));
  };
  changed("pruned_and_a_kept_record_changed", "gateway MODIFIED 14", 14, [&](Contents& files) {
    std::string& log = files[segment(14)];
    log[log.find("\"ok\"") + 1] = 'e';
  });
  changed("half_pruned_and_a_record_changed_that_may_go", "gateway MODIFIED 7", 7,
          [&](Contents& files) {
            std::string& log = files[segment(7)];
            log[log.find("\"ok\"") + 1] = 'e';
          });
  changed("half_pruned_and_other_records_in_their_place", "gateway MODIFIED 13", 7,
          [&](Contents& files) {
            SignedLedger other = segmented_ledger();
            other[kGateway].cut(5);
            other[kGateway].append_many(20);
            files[segment(7)] = other.contents()[segment(7)];
          });
  changed("pruned_and_the_key_of_epoch_0_is_gone", "gateway EPOCH_GAP 0", 14,
          [](Contents& files) { files.erase("/data/audit/gateway/epoch-000000.pub"); });
  changed("pruned_and_the_key_of_its_epoch_is_gone", "gateway EPOCH_GAP 14", 14,
          [](Contents& files) { files.erase("/data/audit/gateway/epoch-000001.pub"); });
  changed("pruned_and_another_log_key", "gateway SEGMENT_MISSING 0", 14, [](Contents& files) {
    files["/data/audit/keys/log.pub"] = signer_of("inst-1", "other")->verifier().to_text() + "\n";
  });
  changed("pruned_and_nothing_is_signed_any_more", "OK", 14, [](Contents& files) {
    for (const char* name : {"checkpoints.log", "checkpoint", "head"}) {
      files.erase(std::string("/data/audit/gateway/") + name);
    }
  });
  LedgerCase forged = made("pruned_and_an_anchor_of_another_key", "gateway BAD_SIGNATURE 5", {});
  const SignedStream gateway = segmented_ledger()[kGateway];
  forged.since = {gateway.note(5, {signer_of("inst-1/gateway", "x")})};
  list.push_back(forged);
  LedgerCase fork = made("pruned_and_an_anchor_of_another_tree", "gateway FORK 14", {});
  fork.since = {signed_note(*tlog::write_checkpoint("inst-1/gateway", 14, other_tree(14).root()),
                            {gateway.log_key})};
  list.push_back(fork);
}

/// What a crash leaves behind the last checkpoint of `operator` takes nothing away from the others.
void add_torn_operator(std::vector<LedgerCase>& list) {
  const std::string path = "/data/audit/operator/seg/00000000000000000000.jsonl";
  const auto torn = [&](const char* name, const char* expected, const std::string& end) {
    list.push_back(made(name, expected, {.damage = [&](Contents& files) { files[path] += end; }}));
  };
  torn("operator_ends_half", "operator TRUNCATED 2", R"({"act":"log.)");
  torn("operator_ends_in_what_is_no_record", "operator MODIFIED 2", "x\n");
  list.push_back(made("operator_ends_half_within_what_is_signed", "gateway SEGMENT_MISSING 0",
                      {.damage = [&](Contents& files) { files[path].pop_back(); }}));
}

}  // namespace

std::vector<LedgerCase> pruned_ledger_cases() {
  std::vector<LedgerCase> list;
  add_authorised(list);
  add_not_authorised(list);
  add_forged(list);
  add_changed(list);
  add_torn_operator(list);
  return list;
}

}  // namespace srasta::audit
