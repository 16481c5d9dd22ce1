#include "audit/pruned_ledger_test.h"
#include "audit/signed_ledger_cases_test.h"

#include <functional>

namespace srasta::audit {
namespace {

const std::string kGateway = "gateway";
const std::string kTools = "tools";

using Life = std::function<void(SignedLedger&)>;

LedgerCase made(std::string name, std::string expected, const Life& life) {
  SignedLedger ledger = example_ledger();
  life(ledger);
  return {std::move(name), std::move(expected), ledger.contents()};
}

/// `tools` was shown the heads of `gateway` with these numbers of records, before `then`.
LedgerCase seen(std::string name, std::string expected, const std::vector<uint64_t>& heads,
                const Life& then) {
  return made(std::move(name), std::move(expected), [&](SignedLedger& ledger) {
    for (const uint64_t head : heads) {
      ledger[kTools].append_seeing(ledger[kGateway].shown(head));
    }
    then(ledger);
  });
}

/// With the keys of the writer, of the log and of `install`: a whole log with other records from
/// `from` on.
Life rewritten(uint64_t from, size_t more) {
  return [from, more](SignedLedger& ledger) {
    SignedStream& gateway = ledger[kGateway];
    gateway.checkpoints_log.resize(gateway.checkpoints_log.find(gateway.text(29)));
    gateway.cut(from);
    for (size_t i = 0; i < more; ++i) gateway.append("auth.fail");
    gateway.sign();
    ledger.streams.erase("install");
    ledger.add("install");
    for (const std::string& stream : {kGateway, kTools}) ledger.tell(stream);
    ledger.sign("install");
  };
}

void add_held(std::vector<LedgerCase>& list) {
  const Life nothing = [](SignedLedger&) {};
  list.push_back(seen("seen_and_there", "OK", {1, 20, 29, 32}, nothing));
  list.push_back(seen("seen_out_of_order", "OK", {32, 30, 31, 30, 1, 32}, nothing));
  list.push_back(seen("seen_in_segments", "OK", {32, 7, 8, 14, 29, 28, 1},
                      [](SignedLedger& ledger) { ledger[kGateway].records_in_segment = 7; }));
  list.push_back(made("seen_by_each_other_and_itself", "OK", [](SignedLedger& ledger) {
    ledger[kGateway].append_seeing(ledger[kTools].shown(5) + "," + ledger["install"].shown(2));
    ledger[kTools].append_seeing(ledger[kGateway].shown(33));
    ledger[kTools].append_seeing(ledger[kTools].shown(6));
    ledger[kTools].append_seeing(ledger["install"].shown(6));
  }));
}

void add_contradicted(std::vector<LedgerCase>& list) {
  list.push_back(
      seen("tail_rewritten_that_was_seen", "gateway FORK 31", {31}, [](SignedLedger& ledger) {
        ledger[kGateway].cut(30);
        for (int i = 0; i < 2; ++i) ledger[kGateway].append("auth.fail");
      }));
  list.push_back(seen("tail_cut_that_was_seen", "gateway TRUNCATED 29", {20, 32, 31},
                      [](SignedLedger& ledger) { ledger[kGateway].cut(29); }));
  list.push_back(seen("today_rewritten_before_what_was_seen", "gateway FORK 28", {20, 30, 28},
                      rewritten(25, 7)));
  list.push_back(seen("today_rewritten_behind_what_was_seen", "OK", {25, 11}, rewritten(25, 7)));
  list.push_back(seen("today_rewritten_shorter_than_seen", "gateway TRUNCATED 27", {25, 28},
                      rewritten(25, 2)));
  list.push_back(
      seen("rewritten_in_segments", "gateway FORK 28", {7, 28, 25}, [](SignedLedger& ledger) {
        rewritten(25, 7)(ledger);
        ledger[kGateway].records_in_segment = 7;
      }));
  list.push_back(made("one_of_two_heads_is_another", "gateway FORK 30", [](SignedLedger& ledger) {
    SignedLedger other = example_ledger();
    other[kGateway].cut(29);
    other[kGateway].append("auth.fail");
    ledger[kTools].append_seeing(ledger[kTools].shown(2) + "," + other[kGateway].shown(30));
  }));
  list.push_back(made("seen_with_a_probe_is_another", "gateway FORK 7", [](SignedLedger& ledger) {
    ledger[kTools].append_seeing(R"({"h":")" + std::string(64, 'a') +
                                 R"(","n":7,"p":1,"s":"gateway"})");
  }));
  list.push_back(made("install_is_another", "install FORK 3", [](SignedLedger& ledger) {
    SignedLedger other = example_ledger();
    other["install"].cut(2);
    other["install"].append("auth.fail");
    ledger[kGateway].append_seeing(other["install"].shown(3));
  }));
  list.push_back(made("the_shortest_head_counts", "gateway FORK 26", [](SignedLedger& ledger) {
    ledger.add("admin").append_seeing(ledger[kGateway].shown(31));
    ledger["admin"].append_seeing(ledger[kGateway].shown(27));
    ledger.sign("admin");
    ledger[kTools].append_seeing(ledger[kGateway].shown(26));
    rewritten(25, 7)(ledger);
    ledger.tell("admin");
    ledger.sign("install");
  }));
}

void add_missing_streams(std::vector<LedgerCase>& list) {
  const auto without = [](const std::vector<std::string>& names) {
    return [names](SignedLedger& ledger) {
      for (const std::string& name : names) ledger.streams.erase(name);
    };
  };
  list.push_back(seen("seen_stream_and_install_are_gone", "gateway SEGMENT_MISSING 0", {9, 3},
                      without({kGateway, "install"})));
  list.push_back(
      seen("seen_stream_is_gone", "gateway SEGMENT_MISSING 0", {9}, without({kGateway})));
  const SignedStream gateway = example_ledger()[kGateway];
  list.push_back(seen("seen_stream_is_gone_and_known_elsewhere", "gateway SEGMENT_MISSING 0", {9},
                      without({kGateway, "install"})));
  list.back().since = {gateway.note(29, {gateway.log_key})};
}

/// Whoever forges what a stream remembers says nothing about the others.
void add_witnesses_that_do_not_count(std::vector<LedgerCase>& list) {
  list.push_back(
      seen("witness_is_violated_itself", "tools TRUNCATED 4", {28, 31}, [](SignedLedger& ledger) {
        rewritten(25, 7)(ledger);
        ledger[kTools].cut(4);
      }));
  const std::string leaf(64, 'a');
  const std::vector<std::string> malformed = {
      R"({"h":")" + leaf + R"(","n":7,"p":2,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","n":0,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","n":07,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","n":-1,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","n":18446744073709551616,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","s":"gateway","n":7})",
      R"({"h":")" + leaf + R"(","n":7})",
      R"({"h":")" + leaf + R"(","n":7,"s":"gateway"},)",
      R"({"h":")" + leaf + R"(","n":7,"s":"gateway"}])",
      R"({"h":")" + leaf + R"(","n":7,"s":"gateway","x":1})",
      R"({"h":")" + leaf + R"(","n":7,"s":"Gateway"})",
      R"({"h":")" + leaf + R"(","n":7,"s":"keys"})",
      R"({"h":")" + leaf + R"(","n":7,"s":""})",
      R"({"h":")" + leaf.substr(1) + R"(A","n":7,"s":"gateway"})",
      R"({"h":")" + leaf.substr(1) + R"(","n":7,"s":"gateway"})",
      R"({"h":")" + leaf + R"(","n":7,"s":"gateway"},{})",
      "[]",
  };
  for (size_t i = 0; i < malformed.size(); ++i) {
    list.push_back(made(fmt::format("seen_malformed_{}", i), "OK",
                        [&](SignedLedger& ledger) { ledger[kTools].append_seeing(malformed[i]); }));
  }
}

/// `gateway` was pruned to record 14; its records from `from` on are there still.
LedgerCase pruned(std::string name, std::string expected, uint64_t from,
                  const std::function<void(SignedLedger&)>& see) {
  SignedLedger ledger = segmented_ledger();
  see(ledger);
  allow_prune(ledger, prefix_of(ledger[kGateway], 14, 29));
  LedgerCase one{std::move(name), std::move(expected), ledger.contents()};
  remove_segments(one.contents, 0, from);
  return one;
}

void add_pruned(std::vector<LedgerCase>& list) {
  const auto sees = [](const std::vector<uint64_t>& heads) {
    return [heads](SignedLedger& ledger) {
      for (const uint64_t head : heads) ledger[kTools].append_seeing(ledger[kGateway].shown(head));
    };
  };
  const auto sees_another = [](uint64_t records) {
    return [records](SignedLedger& ledger) {
      std::string head = ledger[kGateway].shown(records);
      head.replace(6, 64, std::string(64, 'b'));
      ledger[kTools].append_seeing(head);
    };
  };
  list.push_back(pruned("seen_and_pruned", "OK", 14, sees({14, 5, 10, 15, 32})));
  list.push_back(pruned("seen_before_what_is_kept", "OK", 14, sees_another(14)));
  list.push_back(pruned("seen_another_first_kept_record", "gateway FORK 15", 14, sees_another(15)));
  list.push_back(pruned("seen_another_that_is_there_still", "gateway FORK 8", 7, sees_another(8)));
}

/// Requests that one service passed on to the other: what completeness is about. Intact all of
/// them.
void add_passed_on(std::vector<LedgerCase>& list) {
  const std::vector<std::pair<std::string, std::vector<const char*>>> tales = {
      {"told", {"inference.list"}},
      {"untold_yet", {}},
      {"untold", {"", "log.close"}},
      {"untold_by_who_was_killed", {"", "log.open", "log.close"}},
      {"ended_by_both", {"tool.run.intent", "tool.run.intent", "tool.run.outcome", "log.close"}},
      {"ended_elsewhere", {"tool.run.intent", "log.close"}},
      {"not_ended", {"plan.step.intent", "log.close"}},
  };
  for (const auto& [name, acts] : tales) {
    for (const bool with_probe : {false, true}) {
      SignedLedger ledger = example_ledger();
      std::string head = ledger[kGateway].shown(32);
      if (with_probe) head.insert(head.find(R"("s":)"), R"("p":1,)");
      ledger[kGateway].request = ledger[kTools].request = "r-1";
      for (const std::string act : {"tool.run.intent", "tool.run.outcome", "tool.run.outcome"}) {
        ledger[kTools].append(act, {}, act == "tool.run.intent" ? head : std::string());
      }
      for (const std::string_view act : acts) {
        if (act.empty()) ledger[kGateway].request.clear();
        if (!act.empty()) ledger[kGateway].append(act);
      }
      list.push_back(
          {fmt::format("passed_on_{}{}", name, with_probe ? "_not" : ""), "OK", ledger.contents()});
    }
  }
}

}  // namespace

std::vector<LedgerCase> entangled_ledger_cases() {
  std::vector<LedgerCase> list;
  add_held(list);
  add_contradicted(list);
  add_missing_streams(list);
  add_witnesses_that_do_not_count(list);
  add_pruned(list);
  add_passed_on(list);
  return list;
}

}  // namespace srasta::audit
