#include "audit/under_way.h"

#include "audit/epoch_keys.h"
#include "audit/installation_test.h"
#include "audit/pruned_ledger_test.h"
#include "audit/signed_ledger_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

const std::string kFolder = "/data/audit/gateway";
const std::string kPath = kFolder + "/under-way";
constexpr std::string_view kOrigin = "inst-1/gateway";

Completeness::Begun begun(uint64_t seq, std::string request, std::string act) {
  return {.request = std::move(request), .act = std::move(act), .seq = seq};
}

UnderWay example() {
  return {.size = 100,
          .root = crypto::sha256("root"),
          .begun = {begun(7, "r-7", "inference.request"), begun(99, "r-99", "tool.intent")}};
}

const Signer kKey = signer_of("inst-1/gateway/epoch-000000", "key");

TEST(UnderWay, IsReadAsItWasWritten) {
  testing::FaultyFiles files;
  ASSERT_TRUE(files.make_folder(kFolder).ok());
  ASSERT_TRUE(write_under_way(files, kFolder, kOrigin, example(), *kKey).ok());
  const auto read = read_under_way(files, kFolder, kOrigin);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->says.size, 100U);
  EXPECT_EQ(read->says.root, example().root);
  ASSERT_EQ(read->says.begun.size(), 2U);
  EXPECT_EQ(read->says.begun[1].seq, 99U);
  EXPECT_EQ(read->says.begun[1].act, "tool.intent");
  EXPECT_EQ(read->says.begun[1].request, "r-99");
  EXPECT_TRUE(tlog::verify_note(read->note, std::span(&kKey->verifier(), 1)).ok());
}

TEST(UnderWay, CannotBeTakenForACheckpoint) {
  testing::FaultyFiles files;
  ASSERT_TRUE(files.make_folder(kFolder).ok());
  ASSERT_TRUE(write_under_way(files, kFolder, kOrigin, example(), *kKey).ok());
  const auto read = read_under_way(files, kFolder, kOrigin);
  EXPECT_FALSE(tlog::parse_checkpoint(read->note.text).ok());
}

TEST(UnderWay, IsNothingIfItIsNotExactlyThat) {
  testing::FaultyFiles files;
  EXPECT_EQ(read_under_way(files, kFolder, kOrigin).error().code, base::Code::NotFound);
  const std::string head = "srasta-audit-under-way/1\ninst-1/gateway\n";
  const std::string root = hex_of(crypto::sha256("root")) + "\n";
  const std::string good = head + "100\n" + root + "7 inference.request r-7\n";
  for (const std::string& text :
       {std::string("srasta-audit-under-way/2\ninst-1/gateway\n100\n") + root,
        std::string("srasta-audit-under-way/1\ninst-1/tools\n100\n") + root, head + "x\n" + root,
        head + "100\n", head + "100\nab\n", good + "7 inference.request r-7\n",
        good + "100 inference.request r-7\n", good + "8 inference.request\n", good + "8  r-7\n",
        good + "8 inference.request r 7\n", good + "\n", good + "-8 inference.request r-8\n"}) {
    files.put(kPath, signed_note(text, {kKey}));
    EXPECT_EQ(read_under_way(files, kFolder, kOrigin).error().code, base::Code::Corrupt) << text;
  }
  files.put(kPath, signed_note(good, {kKey}));
  EXPECT_TRUE(read_under_way(files, kFolder, kOrigin).ok());
  files.put(kPath, good);
  EXPECT_FALSE(read_under_way(files, kFolder, kOrigin).ok());
}

TEST(UnderWay, StaysAsItWasWhereTooMuchWouldBeToldOf) {
  testing::FaultyFiles files;
  ASSERT_TRUE(files.make_folder(kFolder).ok());
  ASSERT_TRUE(write_under_way(files, kFolder, kOrigin, example(), *kKey).ok());
  UnderWay more = example();
  more.size = 1'000'000;
  for (uint64_t seq = 100; seq < 20'000; ++seq) {
    more.begun.push_back(begun(seq, "r-" + std::to_string(seq), "inference.request"));
  }
  EXPECT_EQ(write_under_way(files, kFolder, kOrigin, more, *kKey).error().code,
            base::Code::TooLarge);
  EXPECT_EQ(read_under_way(files, kFolder, kOrigin)->says.size, 100U);
}

TEST(UnderWay, IsToldAtTheStartAfterSoManyRecordsAndAtTheEnd) {
  Installation box;
  box.settings.head_records = 1;
  box.settings.told_records = 10;
  const auto told = [&] {
    const auto read = read_under_way(box.files, kFolder, kOrigin);
    return read ? read->says : UnderWay();
  };
  {
    auto ledger = *box.open();
    EXPECT_EQ(told().size, 1U);
    Installation::append_durably(*ledger, 9);
    EXPECT_EQ(told().size, 1U);
    Installation::append_durably(*ledger, 1);
    EXPECT_TRUE(eventually([&] { return told().size == 11; }));
    EXPECT_EQ(told().begun.size(), 10U) << "two have one request id, and each its own end";
    Event end = inference_event(Label(std::string_view("r-5")));
    end.act = Act::InferenceComplete;
    Reply reply;
    ledger->append_durable(end, reply.completion());
    ASSERT_TRUE(reply.get().ok());
    Installation::append_durably(*ledger, 1);
  }
  EXPECT_EQ(told().size, 14U);
  EXPECT_TRUE(told().begun.empty()) << "a writer that ends in order leaves nothing under way";
}

TEST(UnderWay, DoesNotKeepAWriterFromWorkingWhenItCannotBeWritten) {
  Installation box;
  {
    Installation::append_durably(**box.open(), 1);
  }
  // A folder of that name.
  ASSERT_TRUE(box.files.remove(kPath).ok());
  box.settings.head_records = box.settings.told_records = 1;
  auto ledger = *box.open();
  box.files.put(kPath + ".new/x", "");
  EXPECT_EQ(Installation::append_durably(*ledger, 20), 20U);
  EXPECT_TRUE(ledger->healthy());
}

}  // namespace
}  // namespace srasta::audit
