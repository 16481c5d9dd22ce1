// A start that reads from the last checkpoint finds what one finds that reads everything.
#include "audit/read_log.h"

#include "audit/checkpointer.h"
#include "audit/installation_test.h"
#include "audit/pruned_ledger_test.h"
#include "audit/retention.h"
#include "audit/segment.h"
#include "audit/signed_ledger_test.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using Fault = testing::FaultyFiles::Fault;

const std::string kFolder = "/data/audit/gateway";
const std::string kOrigin = "inst-1/gateway";

/// An installation that is killed and goes on as another one.
class Life {
 public:
  explicit Life(LedgerSettings settings)
      : log_key_(crypto::PrivateKey::generate(crypto::KeyType::Ed25519)->to_pem()) {
    begin({}, std::move(settings));
  }
  Life(const Contents& contents, LedgerSettings settings) { begin(contents, std::move(settings)); }

  Installation& box() { return *box_; }
  Contents contents() { return box_->files.contents(); }

  void open() {
    auto opened = box_->open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ledger_ = *std::move(opened);
  }
  void close() { ledger_.reset(); }
  /// Everything is as it was, but for whoever wrote.
  void kill() {
    const Contents left = contents();
    box_->files.fail_at(box_->files.operations(), Fault::PowerCut);
    close();
    begin(left, box_->settings);
  }
  void cut_power(uint64_t seed) {
    box_->files.fail_at(box_->files.operations() + seed % 7, Fault::PowerCut);
    if (ledger_) (void)ledger_->append(inference_event(Label(std::string_view("r-cut"))));
    close();
    box_->files.power_on(seed);
    begin(contents(), box_->settings);
  }
  /// Bytes behind the last record, as of a batch that was under way.
  void tear(const std::string& bytes) {
    const auto names = *box_->files.list(kFolder + "/seg");
    const std::string last = kFolder + "/seg/" + names.back();
    box_->files.put(last, contents().at(last) + bytes);
  }

  void request(uint64_t number, bool ends) {
    const std::string id = "r-" + std::to_string(number);
    Event event = inference_event(Label(std::string_view(id)));
    EXPECT_TRUE(ledger_->append(event).ok());
    if (!ends) return;
    event.act = Act::InferenceComplete;
    EXPECT_TRUE(ledger_->append(event).ok());
  }
  void requests(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) request(next_++, true);
    flush();
  }
  void flush() { ASSERT_TRUE(ledger_->flush(base::Millis(10'000)).ok()); }
  /// A second passes, so that a head is signed for everything.
  void wait_for_head() {
    flush();
    box_->clock.advance(base::Seconds(2));
    EXPECT_TRUE(eventually([&] {
      const auto head = read_head(box_->files, kFolder + "/head", kOrigin);
      return head.ok() && *head && (*head)->checkpoint.size == ledger_->head().next_seq;
    }));
  }

  base::Result<void> sign() {
    Checkpointer::Settings settings{.install = box_->settings, .log_key = log_key_.clone()};
    settings.install.stream = kInstallStream;
    SRASTA_TRY_ASSIGN(
        const auto checkpointer,
        Checkpointer::open(box_->files, box_->clock, box_->entropy, std::move(settings)));
    checkpointer->close();
    return {};
  }

  /// As the command does it.
  base::Result<void> prune() {
    const PruneQuestion question{.audit_folder = "/data/audit",
                                 .install_id = "inst-1",
                                 .stream = "gateway",
                                 .before = "2999"};
    SRASTA_TRY_ASSIGN(const auto planned, plan_prune(box_->files, question));
    const std::optional<PrunePlan>& plan = planned;
    if (!plan) return {};
    const auto roots = plan->prefix.tree.hashes();
    LedgerSettings settings = box_->settings;
    settings.stream = kOperatorStream;
    {
      SRASTA_TRY_ASSIGN(const auto log,
                        Ledger::open(box_->files, box_->clock, box_->entropy, std::move(settings)));
      SRASTA_TRY(log->append(pruned_event(plan->prefix, roots)));
    }
    SRASTA_TRY(sign());
    SRASTA_TRY_ASSIGN([[maybe_unused]] const uint64_t removed,
                      remove_pruned(box_->files, question, plan->prefix));
    return {};
  }

  Ledger& ledger() { return *ledger_; }

 private:
  void begin(const Contents& contents, LedgerSettings settings) {
    auto clock = box_ ? box_->clock.mono().time_since_epoch() : base::Micros(0);
    box_ = std::make_unique<Installation>();
    box_->clock.advance(clock);
    box_->settings = std::move(settings);
    for (const auto& [path, content] : contents) box_->files.put(path, content);
  }

  base::Secret log_key_;
  std::unique_ptr<Installation> box_;
  std::unique_ptr<Ledger> ledger_;
  uint64_t next_ = 1'000'000;
};

base::Result<LogToRead> log_in(base::FileSystem& files) {
  LogToRead log{.place = {.files = &files, .folder = kFolder, .origin = kOrigin}, .heads = {}};
  SRASTA_TRY_ASSIGN(log.heads, read_bound_heads(log.place));
  SRASTA_TRY_ASSIGN(log.first_key, open_first_key(log.place, log.heads));
  return log;
}

/// All of it that a start goes by.
std::string text_of(base::FileSystem& files, const LogState& state) {
  std::string text =
      fmt::format("{} {} {} {} {} {}", state.end.next_seq, hex_of(state.end.leaf),
                  hex_of(state.tree.root()), state.fence, state.pruned, state.first_epoch);
  for (const EpochBegin& epoch : state.epochs) {
    text += fmt::format("\nepoch {} {}", hex_of(epoch.key), epoch.size);
    if (epoch.size > 1) text += " " + hex_of(epoch.root);
  }
  if (!state.epochs.empty()) {
    text += fmt::format("\nbegan {}", state.epochs.back().time.time_since_epoch().count());
  }
  text += fmt::format("\nsegment {} {}", state.segment.value_or(0), state.segment_size);
  if (const auto& torn = state.torn) {
    text += fmt::format("\ntorn {} {} {} {} {} {}", torn->segment, torn->from_seq, torn->offset,
                        torn->bytes, hex_of(torn->sha256), torn->valid_after);
  }
  for (const auto& begun : state.unfinished) {
    text += fmt::format("\nbegun {} {} {} {}", begun.seq, begun.act, begun.request, begun.killed);
  }
  const auto tails = find_unrecorded_tails(files, kFolder, state);
  if (!tails) return tails.error().message;
  for (const TornTail& tail : *tails) {
    text += fmt::format("\nuntold {} {}", tail.from_seq, hex_of(tail.sha256));
  }
  return text;
}

std::string text_of(base::FileSystem& files, const base::Result<LogState>& state) {
  return state ? text_of(files, *state) : state.error().message;
}

/// What the bounded start found, which must be what the whole reading finds; nothing if it took the
/// other way.
std::optional<LogState> compare(base::FileSystem& files) {
  const auto log = log_in(files);
  EXPECT_TRUE(log.ok()) << log.error().message;
  if (!log) return std::nullopt;
  const auto bounded = read_from_checkpoint(*log);
  const auto whole = read_whole_log(*log);
  if (bounded) EXPECT_EQ(text_of(files, bounded), text_of(files, whole));
  EXPECT_EQ(text_of(files, read_log(*log)), text_of(files, whole));
  return bounded ? std::optional(*bounded) : std::nullopt;
}

/// How often bounded starts met what they are to cope with.
struct Met {
  size_t starts = 0;
  size_t bounded = 0;
  size_t torn = 0;
  size_t unfinished = 0;
  size_t epochs = 0;
  size_t pruned = 0;
  size_t segments = 0;

  void add(const std::optional<LogState>& state) {
    ++starts;
    if (!state) return;
    ++bounded;
    torn += state->torn ? 1 : 0;
    unfinished += state->unfinished.empty() ? 0 : 1;
    epochs += state->epochs.size() > 2 ? 1 : 0;
    pruned += state->pruned > 0 ? 1 : 0;
    segments += state->segment > 0U ? 1 : 0;
  }
};

LedgerSettings small_settings() {
  LedgerSettings settings = brisk_settings();
  settings.segment_bytes = 9'000;
  settings.head_records = 16;
  settings.told_records = 40;
  return settings;
}

/// One boot: some requests, most of which end, in any order; perhaps a change of epochs, a look of
/// the checkpointer in between, an orderly end or none.
void live(Life& life, testing::SeededEntropy& dice) {
  ASSERT_NO_FATAL_FAILURE(life.open());
  const uint64_t first = dice.below(1'000'000'000);
  const uint64_t count = dice.below(90);
  for (uint64_t i = 0; i < count; ++i) {
    life.request(first + i, dice.below(5) > 0);
    if (dice.below(40) == 0) {
      ASSERT_NO_FATAL_FAILURE(life.flush());
      life.box().clock.advance(life.box().settings.epoch_age);
    }
    if (dice.below(20) == 0) ASSERT_NO_FATAL_FAILURE(life.wait_for_head());
    if (dice.below(20) == 0) EXPECT_TRUE(life.sign().ok());
  }
  if (dice.below(2) == 0) ASSERT_NO_FATAL_FAILURE(life.wait_for_head());
  switch (dice.below(4)) {
    case 0:
      life.close();
      break;
    case 1:
      life.cut_power(dice.below(1'000));
      break;
    default:
      life.kill();
      break;
  }
  if (dice.below(3) == 0) life.tear(std::string(dice.below(3'000), 'x') + "\n{\"act\":");
}

TEST(ReadLog, FindsFromTheCheckpointOnWhatTheWholeReadingFindsInAnyHistory) {
  constexpr int kHistories = 24;
  Met met;
  for (uint64_t seed = 0; seed < kHistories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    testing::SeededEntropy dice(seed);
    Life life(small_settings());
    for (uint64_t boots = 2 + dice.below(4); boots > 0; --boots) {
      ASSERT_NO_FATAL_FAILURE(live(life, dice));
      if (dice.below(2) == 0) EXPECT_TRUE(life.sign().ok());
      if (dice.below(4) == 0) (void)life.prune();
      met.add(compare(life.box().files));
      ASSERT_FALSE(::testing::Test::HasFailure());
    }
  }
  EXPECT_GT(met.bounded * 2, met.starts);
  EXPECT_GT(met.torn, 5U);
  EXPECT_GT(met.unfinished, 5U);
  EXPECT_GT(met.epochs, 5U);
  EXPECT_GT(met.pruned, 2U);
  EXPECT_GT(met.segments, 5U);
}

// From the outside: the same records are written, byte for byte, whichever way was taken.
TEST(ReadLog, LetsAStartWriteTheSameRecordsEitherWay) {
  for (uint64_t seed = 100; seed < 115; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    testing::SeededEntropy dice(seed);
    Life life(small_settings());
    for (int boots = 0; boots < 3; ++boots) {
      ASSERT_NO_FATAL_FAILURE(live(life, dice));
      EXPECT_TRUE(life.sign().ok());
    }
    LedgerSettings settings = small_settings();
    settings.epoch_age = base::Seconds(1'000'000'000);
    Contents contents = life.contents();
    Life one(contents, settings);
    contents.erase(kFolder + "/under-way");
    Life other(contents, settings);
    for (Life* opened : {&one, &other}) {
      ASSERT_NO_FATAL_FAILURE(opened->open());
      opened->close();
    }
    EXPECT_EQ(one.box().log(), other.box().log());
    EXPECT_EQ(one.box().verdict(), "OK");
  }
}

/// 300 requests of an epoch that ended, 100 signed of the next one, then ten records that no
/// signature covers; five requests are under way, two of them since before the checkpoint.
/// `under-way` is about fewer records than the checkpoint, so that there is something to read.
Contents one_example() {
  LedgerSettings settings = small_settings();
  settings.segment_bytes = 60'000;
  settings.head_records = 10'000;
  Life life(settings);
  life.open();
  life.requests(150);
  life.box().clock.advance(settings.epoch_age);
  EXPECT_TRUE(
      eventually([&] { return life.contents().contains(kFolder + "/" + epoch_end_file(0)); }));
  life.request(1, false);
  life.wait_for_head();
  EXPECT_TRUE(life.sign().ok());
  life.request(2, false);
  life.requests(8);
  life.wait_for_head();
  EXPECT_TRUE(life.sign().ok());
  life.requests(3);
  for (uint64_t i = 3; i < 6; ++i) life.request(i, false);
  life.flush();
  const Contents contents = life.contents();
  life.kill();
  return contents;
}

/// The writer signs when it is due, which may by chance be once more than is wanted here.
Contents example() {
  Contents contents = one_example();
  const auto text = [&contents](const char* name) {
    return tlog::parse_note(contents.at(kFolder + name))->text;
  };
  for (int i = 0; i < 10 && text("/head") != text("/checkpoint"); ++i) contents = one_example();
  EXPECT_EQ(text("/head"), text("/checkpoint"));
  return contents;
}

struct Marks {
  uint64_t told = 0;     ///< records that `under-way` is about
  uint64_t signed_ = 0;  ///< records of the checkpoint
  uint64_t end = 0;
};

Marks marks_of(const Contents& contents) {
  testing::FaultyFiles files;
  for (const auto& [path, content] : contents) files.put(path, content);
  const auto log = log_in(files);
  const auto state = read_whole_log(*log);
  return {.told = read_under_way(files, kFolder, kOrigin)->says.size,
          .signed_ = log->heads.checkpoint->checkpoint.size,
          .end = state->end.next_seq};
}

std::string segment_of(const Contents& contents, uint64_t seq) {
  std::string found;
  for (const auto& [path, content] : contents) {
    const size_t name = path.rfind('/') + 1;
    if (path.starts_with(kFolder + "/seg/") &&
        parse_segment_name(path.substr(name)).value_or(~0ULL) <= seq) {
      found = path;
    }
  }
  return found;
}

void flip(Contents& contents, uint64_t seq) {
  std::string& text = contents.at(segment_of(contents, seq));
  const size_t at = text.find(",\"seq\":" + std::to_string(seq) + ",");
  ASSERT_NE(at, std::string::npos) << seq;
  text[at - 3] = static_cast<char>(text[at - 3] ^ 1);
}

enum class Seen : uint8_t { Bounded, Whole, Refused };

struct Damage {
  const char* name;
  Seen seen;
  std::function<void(Contents& files, const Marks& marks)> act;
};

Signer stranger() {
  return signer_of(kOrigin + "/epoch-000001", "stranger");
}

/// The text of a note, signed by somebody else.
void sign_by_stranger(std::string& note) {
  note = signed_note(tlog::parse_note(note)->text, {stranger()});
}

std::string path(const char* name) {
  return kFolder + "/" + name;
}

std::vector<Damage> damages() {
  return {
      {"nothing", Seen::Bounded, [](Contents&, const Marks&) {}},
      {"a flipped bit behind the checkpoint", Seen::Bounded,
       [](Contents& files, const Marks& marks) { flip(files, marks.signed_ + 2); }},
      {"a flipped bit in the last record", Seen::Bounded,
       [](Contents& files, const Marks& marks) { flip(files, marks.end - 1); }},
      {"a torn tail", Seen::Bounded,
       [](Contents& files, const Marks& marks) {
         files.at(segment_of(files, marks.end)) += "{\"act\":";
       }},
      {"more than one batch of garbage", Seen::Refused,
       [](Contents& files, const Marks& marks) {
         files.at(segment_of(files, marks.end)) += std::string(600 << 10, 'x');
       }},
      {"a flipped bit in the last signed record", Seen::Refused,
       [](Contents& files, const Marks& marks) { flip(files, marks.signed_ - 1); }},
      {"a flipped bit in the record that is read on from", Seen::Refused,
       [](Contents& files, const Marks& marks) { flip(files, marks.told - 1); }},
      {"a flipped bit in the first record that is read", Seen::Refused,
       [](Contents& files, const Marks& marks) { flip(files, marks.told); }},
      {"a flipped bit in the first record of all", Seen::Refused,
       [](Contents& files, const Marks&) { flip(files, 0); }},
      {"a log that is shorter than its checkpoint", Seen::Refused,
       [](Contents& files, const Marks& marks) {
         std::string& text = files.at(segment_of(files, marks.signed_ - 1));
         const size_t at = text.find(",\"seq\":" + std::to_string(marks.signed_ - 1) + ",");
         text.resize(text.rfind('\n', at) + 1);
       }},
      {"a log that is shorter than what is under way", Seen::Refused,
       [](Contents& files, const Marks& marks) {
         std::string& text = files.at(segment_of(files, marks.told - 1));
         const size_t at = text.find(",\"seq\":" + std::to_string(marks.told - 1) + ",");
         text.resize(text.rfind('\n', at) + 1);
       }},
      {"a missing segment in the middle", Seen::Refused,
       [](Contents& files, const Marks&) { files.erase(segment_of(files, 100)); }},
      {"a missing segment at the beginning", Seen::Refused,
       [](Contents& files, const Marks&) { files.erase(segment_of(files, 0)); }},
      {"a segment without its last record", Seen::Refused,
       [](Contents& files, const Marks&) {
         std::string& text = files.at(segment_of(files, 100));
         text.resize(text.rfind('\n', text.size() - 2) + 1);
       }},
      {"a segment without its last byte", Seen::Refused,
       [](Contents& files, const Marks&) { files.at(segment_of(files, 100)).pop_back(); }},
      {"a segment without its first record", Seen::Refused,
       [](Contents& files, const Marks&) {
         std::string& text = files.at(segment_of(files, 100));
         text.erase(0, text.find('\n') + 1);
       }},
      {"an empty segment in the middle", Seen::Refused,
       [](Contents& files, const Marks&) { files.at(segment_of(files, 100)).clear(); }},
      {"a segment with more behind it", Seen::Refused,
       [](Contents& files, const Marks&) { files.at(segment_of(files, 100)) += "x\n"; }},
      {"a checkpoint of other records", Seen::Refused,
       [](Contents& files, const Marks& marks) {
         const Signer key = stranger();
         files[path("checkpoint")] = signed_note(
             *tlog::write_checkpoint(kOrigin, marks.signed_, crypto::sha256("others")), {key});
       }},
      {"a checkpoint that somebody else signed", Seen::Refused,
       [](Contents& files, const Marks&) { sign_by_stranger(files.at(path("checkpoint"))); }},
      {"a head that somebody else signed", Seen::Refused,
       [](Contents& files, const Marks&) { sign_by_stranger(files.at(path("head"))); }},
      {"a key of the epoch that no record names", Seen::Refused,
       [](Contents& files, const Marks&) {
         files[path("epoch-000001.pub")] = stranger()->verifier().to_text() + "\n";
         sign_by_stranger(files.at(path("checkpoint")));
         sign_by_stranger(files.at(path("head")));
         sign_by_stranger(files.at(path("under-way")));
       }},
      {"an end of an epoch that somebody else signed", Seen::Bounded,
       [](Contents& files, const Marks&) { sign_by_stranger(files.at(path("epoch-000000.end"))); }},
      {"no end of the epoch", Seen::Whole,
       [](Contents& files, const Marks&) { files.erase(path("epoch-000000.end")); }},
      {"no checkpoint", Seen::Whole,
       [](Contents& files, const Marks&) { files.erase(path("checkpoint")); }},
      {"no head", Seen::Bounded, [](Contents& files, const Marks&) { files.erase(path("head")); }},
      {"nothing about what is under way", Seen::Whole,
       [](Contents& files, const Marks&) { files.erase(path("under-way")); }},
      {"a request less under way than the writer told", Seen::Whole,
       [](Contents& files, const Marks&) {
         std::string& note = files.at(path("under-way"));
         const size_t line = note.find(" inference.request ");
         ASSERT_NE(line, std::string::npos);
         const size_t begin = note.rfind('\n', line) + 1;
         note.erase(begin, note.find('\n', line) + 1 - begin);
       }},
      {"what is under way, signed by somebody else", Seen::Whole,
       [](Contents& files, const Marks&) { sign_by_stranger(files.at(path("under-way"))); }},
      {"tiles that are not there", Seen::Whole,
       [](Contents& files, const Marks&) {
         std::erase_if(files, [](const auto& file) { return file.first.contains("/tile/"); });
       }},
      {"tiles of another tree", Seen::Whole,
       [](Contents& files, const Marks&) {
         for (auto& [name, content] : files) {
           if (name.contains("gateway/tile/")) content[content.size() - 1] ^= 1;
         }
       }},
      {"tiles that are cut", Seen::Whole,
       [](Contents& files, const Marks&) {
         for (auto& [name, content] : files) {
           if (name.contains("gateway/tile/")) content.resize(content.size() / 2);
         }
       }},
  };
}

TEST(ReadLog, FailsClosedWhereAnythingOfItIsDamaged) {
  const Contents whole = example();
  const Marks marks = marks_of(whole);
  ASSERT_LT(marks.told, marks.signed_);
  ASSERT_LT(marks.signed_, marks.end);
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    Contents contents = whole;
    ASSERT_NO_FATAL_FAILURE(damage.act(contents, marks));
    testing::FaultyFiles files;
    for (const auto& [name, content] : contents) files.put(name, content);
    const auto log = log_in(files);
    ASSERT_TRUE(log.ok()) << log.error().message;
    const auto bounded = read_from_checkpoint(*log);
    const auto all = read_whole_log(*log);
    EXPECT_EQ(bounded.ok(), damage.seen == Seen::Bounded)
        << (bounded.ok() ? "" : bounded.error().message);
    EXPECT_EQ(all.ok(), damage.seen != Seen::Refused) << (all.ok() ? "" : all.error().message);
    EXPECT_EQ(text_of(files, read_log(*log)), text_of(files, all));
  }
}

// Each of them that the reading goes through is missed; the others, which it need not look at, are
// for `fsck`.
TEST(ReadLog, TrustsNoSingleTile) {
  const Contents whole = example();
  size_t seen = 0;
  for (const auto& [name, content] : whole) {
    if (!name.contains("gateway/tile/")) continue;
    for (size_t at = 0; at < content.size(); at += 32) {
      testing::FaultyFiles files;
      for (const auto& [other, bytes] : whole) files.put(other, bytes);
      std::string damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ 1);
      files.put(name, damaged);
      seen += compare(files) ? 0 : 1;
    }
  }
  EXPECT_GT(seen, 100U);
}

/// A record in the middle of the largest segment that ends before `told`: of each older segment a
/// start reads the ends, and where they lie depends on how the writer's batches came together.
uint64_t far_from_ends(const Contents& contents, uint64_t told) {
  std::vector<uint64_t> begins;
  for (const auto& [path, content] : contents) {
    if (!path.starts_with(kFolder + "/seg/")) continue;
    begins.push_back(parse_segment_name(path.substr(path.rfind('/') + 1)).value_or(0));
  }
  std::ranges::sort(begins);
  uint64_t middle = 0;
  uint64_t largest = 0;
  for (size_t i = 0; i + 1 < begins.size() && begins[i + 1] <= told; ++i) {
    const uint64_t records = begins[i + 1] - begins[i];
    if (records > largest) middle = begins[i] + records / 2;
    largest = std::max(largest, records);
  }
  EXPECT_GT(largest, 40U);
  return middle;
}

TEST(ReadLog, LeavesWhatLiesLongBeforeTheCheckpointToVerify) {
  Contents contents = example();
  const uint64_t old = far_from_ends(contents, marks_of(contents).told);
  flip(contents, old);
  Life life(contents, small_settings());
  const auto log = log_in(life.box().files);
  EXPECT_TRUE(read_log(*log).ok());
  EXPECT_FALSE(read_whole_log(*log).ok());
  EXPECT_EQ(life.box().verdict(), "MODIFIED " + std::to_string(old));
}

TEST(ReadLog, GoesByWhatWasUnderWayLongAgoAsWell) {
  Contents contents = example();
  const std::string old = contents.at(kFolder + "/under-way");
  LedgerSettings settings = small_settings();
  settings.epoch_age = base::Seconds(1'000'000'000);
  Life life(contents, settings);
  life.open();
  life.request(77, false);
  life.requests(30);
  life.kill();
  life.box().files.put(kFolder + "/under-way", old);
  EXPECT_TRUE(compare(life.box().files));
}

/// Counts what is read.
class CountingFiles final : public base::FileSystem {
 public:
  explicit CountingFiles(base::FileSystem& files) : files_(files) {}

  base::Result<std::unique_ptr<base::File>> open(const std::string& path,
                                                 base::OpenMode mode) override {
    SRASTA_TRY_ASSIGN(auto file, files_.open(path, mode));
    return std::unique_ptr<base::File>(std::make_unique<Counted>(std::move(file), bytes_));
  }
  base::Result<base::FileIdentity> identity(const std::string& path) override {
    return files_.identity(path);
  }
  base::Result<std::vector<std::string>> list(const std::string& folder) override {
    return files_.list(folder);
  }
  base::Result<void> make_folder(const std::string& folder) override {
    return files_.make_folder(folder);
  }
  base::Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  base::Result<void> remove(const std::string& path) override { return files_.remove(path); }
  base::Result<void> sync_folder(const std::string& folder) override {
    return files_.sync_folder(folder);
  }
  base::Result<uint64_t> free_bytes(const std::string& folder) override {
    return files_.free_bytes(folder);
  }

  [[nodiscard]] uint64_t take() { return bytes_.exchange(0); }

 private:
  class Counted final : public base::File {
   public:
    Counted(std::unique_ptr<base::File> file, std::atomic<uint64_t>& bytes)
        : file_(std::move(file)), bytes_(bytes) {}
    base::Result<void> append(std::string_view bytes) override { return file_->append(bytes); }
    base::Result<size_t> read_at(uint64_t offset, std::span<char> out) override {
      auto got = file_->read_at(offset, out);
      bytes_ += got ? *got : 0;
      return got;
    }
    base::Result<void> truncate(uint64_t size) override { return file_->truncate(size); }
    base::Result<void> sync() override { return file_->sync(); }
    base::Result<base::FileIdentity> identity() override { return file_->identity(); }
    base::Result<void> lock() override { return file_->lock(); }

   private:
    std::unique_ptr<base::File> file_;
    std::atomic<uint64_t>& bytes_;
  };

  base::FileSystem& files_;
  std::atomic<uint64_t> bytes_{0};
};

TEST(ReadLog, ReadsNoMoreOfALedgerThatIsFourTimesAsLong) {
  LedgerSettings settings = brisk_settings();
  settings.backlog_records = 100'000;
  settings.segment_bytes = uint64_t{4} << 20;
  settings.head_records = 64;
  settings.told_records = 256;
  Life life(settings);
  CountingFiles counting(life.box().files);
  const auto bytes_of_start = [&] {
    (void)counting.take();
    auto opened = Ledger::open(counting, life.box().clock, life.box().entropy, settings);
    const uint64_t bytes = counting.take();
    EXPECT_TRUE(opened.ok());
    return bytes;
  };
  std::vector<uint64_t> bytes;
  for (const uint64_t requests : {2'000U, 6'000U}) {
    life.open();
    for (uint64_t i = 0; i < 10; ++i) life.requests(requests / 10);
    life.close();
    ASSERT_TRUE(life.sign().ok());
    bytes.push_back(bytes_of_start());
  }
  EXPECT_GT(life.box().log().size(), 8'000'000U);
  EXPECT_LT(bytes[0], 800'000U);
  EXPECT_LT(bytes[1], bytes[0] + 200'000U);
  // So it is seen that this counts.
  ASSERT_TRUE(life.box().files.remove(kFolder + "/under-way").ok());
  EXPECT_GT(bytes_of_start(), 8'000'000U);
}

}  // namespace
}  // namespace srasta::audit
