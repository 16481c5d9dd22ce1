#include "tools/workspaces.h"

#include "testing/seeded_entropy.h"
#include "tools/running.h"

#include <gtest/gtest.h>

namespace srasta::tools {
namespace {

using policy::Reason;

const Workspaces::Owner kAlice{.tenant = "acme", .principal = "alice", .persona = "implementer"};
constexpr base::Seconds kTtl{60};

class WorkspacesTest : public ::testing::Test {
 protected:
  std::string open(const Workspaces::Owner& owner) {
    return workspaces_
        .open(owner, {.repository = "demo", .commit = std::string(40, 'a')}, kTtl, now_)
        .value_or("");
  }
  Reason look(std::string_view handle, const Workspaces::Owner& owner,
              std::string_view repository = "demo") {
    const auto found = workspaces_.find(handle, owner, repository, now_);
    return found ? Reason::None : found.error();
  }

  srasta::testing::SeededEntropy entropy_{1};
  Workspaces workspaces_{entropy_};
  base::MonoTime now_{};
};

TEST_F(WorkspacesTest, AreTheirOwnersAlone) {
  const std::string handle = open(kAlice);
  EXPECT_EQ(handle.size(), 35U);
  EXPECT_EQ(look(handle, kAlice), Reason::None);
  for (auto other : {Workspaces::Owner{"globex", "alice", "implementer"},
                     Workspaces::Owner{"acme", "bob", "implementer"},
                     Workspaces::Owner{"acme", "alice", "release"}}) {
    EXPECT_EQ(look(handle, other), Reason::HandleForeign);
    EXPECT_EQ(workspaces_.close(handle, other, "demo", now_), Reason::HandleForeign);
  }
  EXPECT_EQ(look(handle, kAlice, "other"), Reason::HandleForeign);
  EXPECT_EQ(look(handle + "0", kAlice), Reason::HandleUnknown);
  EXPECT_EQ(workspaces_.close(handle, kAlice, "demo", now_), Reason::None);
  EXPECT_EQ(look(handle, kAlice), Reason::HandleUnknown);
}

TEST_F(WorkspacesTest, EndWithTheirTime) {
  const std::string handle = open(kAlice);
  now_ += kTtl;
  EXPECT_EQ(look(handle, kAlice), Reason::HandleExpired);
  now_ += base::Seconds(3600);
  (void)open(kAlice);
  EXPECT_EQ(look(handle, kAlice), Reason::HandleUnknown);
}

TEST_F(WorkspacesTest, AreNotMoreThanThereIsRoomFor) {
  for (size_t i = 0; i < Workspaces::kMostOfOwner; ++i) EXPECT_NE(open(kAlice), "");
  EXPECT_EQ(open(kAlice), "");
  now_ += kTtl;
  EXPECT_NE(open(kAlice), "");
}

TEST_F(WorkspacesTest, KeepWhatARunChangedUnlessItIsTooMuch) {
  Workspace workspace;
  sandbox::RunEnd end;
  EXPECT_TRUE(keep_changes(workspace, end));
  end.changes = {{.path = "a", .kind = sandbox::Change::Kind::Added, .bytes = "1"},
                 {.path = "b", .kind = sandbox::Change::Kind::Removed}};
  EXPECT_TRUE(keep_changes(workspace, end));
  EXPECT_EQ(workspace.files.at("a").bytes, "1");
  EXPECT_FALSE(workspace.files.at("b").bytes);
  end.changes = {{.path = "c",
                  .kind = sandbox::Change::Kind::Added,
                  .bytes = std::string(Workspaces::kMostBytes, 'x')}};
  EXPECT_FALSE(keep_changes(workspace, end));
  EXPECT_EQ(workspace.files.size(), 2U);
  end = {.too_much_to_capture = true};
  EXPECT_FALSE(keep_changes(workspace, end));
}

}  // namespace
}  // namespace srasta::tools
