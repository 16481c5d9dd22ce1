// A real file system that is full: the write that does not fit is cut at each of its bytes.
#include "audit/installation_test.h"
#include "base/encoding.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <sys/mount.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

/// tmpfs gives room in pages: a write is cut where one ends.
constexpr size_t kPage = 4096;

/// 2 MiB of their own, mounted while the object lives.
class SmallDisk {
 public:
  SmallDisk() {
    path_ = ::testing::TempDir() + "srasta-disk-XXXXXX";
    mounted_ = ::mkdtemp(path_.data()) != nullptr &&
               ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=2m,mode=0700") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    ::umount2(path_.c_str(), MNT_DETACH);
    ::rmdir(path_.c_str());
  }

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Leaves no room, by single bytes at the end.
  void fill() const {
    const int filler =
        ::open(filler_path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(size_t{64} << 10, 'x');
    for (size_t size = block.size(); size > 0;) {
      const ssize_t written = ::write(filler, block.data(), size);
      if (written < static_cast<ssize_t>(size)) size /= 2;
    }
    ::close(filler);
  }
  void make_room() const { ::unlink(filler_path().c_str()); }

 private:
  [[nodiscard]] std::string filler_path() const { return path_ + "/filler"; }

  std::string path_;
  bool mounted_ = false;
};

constexpr std::array<Field, 15> kMembers = {"a", "b", "c", "d", "e", "f", "g", "h",
                                            "i", "j", "k", "l", "m", "n", "o"};
constexpr size_t kMostPadding = kMembers.size() * (Label::kMaxBytes - 1);

/// A ledger on a small disk, and what it has acknowledged.
class LedgerFullDisk : public ::testing::Test {
 protected:
  void start() {
    disk_.emplace();
    ASSERT_TRUE(disk_->mounted()) << "mounting a tmpfs needs root";
    settings_ = brisk_settings();
    settings_.folder = disk_->path() + "/audit";
    settings_.must_wait = base::Millis(10'000);
    // What nobody waits for goes with the next record that somebody waits for.
    settings_.gather = base::Millis(60'000);
    acknowledged_.clear();
    ASSERT_NO_FATAL_FAILURE(open());
  }
  void open() {
    auto opened = Ledger::open(files_, clock_, entropy_, settings_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ledger_ = *std::move(opened);
  }

  static Event event(const std::string& label, size_t padding = 0) {
    Event event{.act = Act::InferenceRequest, .outcome = Outcome::Allow};
    for (const Field member : kMembers) {
      const size_t more = std::min(padding, Label::kMaxBytes - 1);
      event.data.add(member, Label(std::string_view(label).substr(0, 1 + more)));
      padding -= more;
    }
    return event;
  }
  bool append_durable(size_t padding = 0) {
    Reply reply;
    ledger_->append_durable(event(label_, padding), reply.completion());
    const auto receipt = reply.get();
    if (receipt) acknowledged_.push_back(base::to_hex(crypto::bytes_of(receipt->leaf)));
    return receipt.ok();
  }

  [[nodiscard]] std::string segments() const { return settings_.folder + "/gateway/seg"; }
  uint64_t size() { return files_.identity(segments() + "/" + segment_name_)->size; }

  /// Appends until the page at the end of the segment has room for `left` bytes. Returns the size
  /// of a record without padding.
  uint64_t leave_in_page(size_t left) {
    const uint64_t before = size();
    EXPECT_TRUE(append_durable());
    const uint64_t record = size() - before;
    uint64_t more = (2 * kPage - left - size() % kPage) % kPage;
    while (more < 3 * record) more += kPage;
    more -= 3 * record;
    for (int i = 0; i < 3; ++i) {
      const size_t padding = std::min<uint64_t>(more, kMostPadding);
      EXPECT_TRUE(append_durable(padding));
      more -= padding;
    }
    EXPECT_EQ((size() + left) % kPage, 0U);
    return record;
  }

  void expect_all_there() {
    const LedgerReport report = verify_ledger(files_, settings_.folder);
    ASSERT_TRUE(report.intact()) << report.text();
    log_.clear();
    for (const std::string& name : *files_.list(segments())) {
      log_ += *base::read_file(files_, segments() + "/" + name, 1 << 30);
    }
    for (const std::string& hash : acknowledged_) {
      ASSERT_NE(log_.find(R"("h":")" + hash), std::string::npos)
          << "an acknowledged record is gone";
    }
  }

  /// A batch of two records, of which `cut` bytes fit; returns whether that was all of it.
  bool write_on_a_full_disk(size_t cut) {
    const uint64_t record = leave_in_page(cut);
    disk_->fill();
    EXPECT_TRUE(ledger_->append(event(label_)).ok());
    EXPECT_TRUE(append_durable()) << "the reserve is for that";
    const bool fitted = cut >= 2 * record;
    EXPECT_EQ(ledger_->healthy(), fitted) << "without the reserve nothing more is promised";
    return fitted;
  }

  std::optional<SmallDisk> disk_;
  base::PosixFileSystem files_;
  testing::ManualClock clock_;
  testing::SeededEntropy entropy_{7};
  LedgerSettings settings_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<std::string> acknowledged_;
  std::string log_;
  const std::string label_ = std::string(Label::kMaxBytes, 'x');
  const std::string segment_name_ = std::string(20, '0') + ".jsonl";
};

TEST_F(LedgerFullDisk, LosesNothingAcknowledgedAtAnyByteOfABatchAndRecordsTheGap) {
  bool fitted = false;
  for (size_t cut = 0; !fitted; ++cut) {
    SCOPED_TRACE("cut behind " + std::to_string(cut) + " bytes");
    ASSERT_LT(cut, kPage);
    ASSERT_NO_FATAL_FAILURE(start());
    fitted = write_on_a_full_disk(cut);
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
    if (!fitted) {
      ASSERT_FALSE(append_durable()) << "accepted without a reserve";
    }
    disk_->make_room();
    ASSERT_TRUE(eventually([&] { return append_durable(); }));
    ASSERT_TRUE(ledger_->close().ok());
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
    ASSERT_EQ(log_.find(R"("act":"log.gap")") == std::string::npos, fitted);
    ledger_.reset();
  }
}

TEST_F(LedgerFullDisk, IsOpenedAgainAfterItEndedAtAnyByteOfABatch) {
  bool fitted = false;
  // The write is the same as above, so that each seventh byte will do.
  for (size_t cut = 0; !fitted; cut += 7) {
    SCOPED_TRACE("cut behind " + std::to_string(cut) + " bytes");
    ASSERT_LT(cut, kPage);
    ASSERT_NO_FATAL_FAILURE(start());
    fitted = write_on_a_full_disk(cut);
    disk_->fill();
    ledger_.reset();
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
    disk_->make_room();
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_TRUE(append_durable());
    ledger_.reset();
    ASSERT_NO_FATAL_FAILURE(expect_all_there());
  }
}

}  // namespace
}  // namespace srasta::audit
