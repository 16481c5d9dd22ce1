#include "policy/ref_name.h"

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

using Kind = Revision::Kind;
const std::string kOid(40, 'a');

TEST(RefName, ShortNamesAreOfBranchesAndTags) {
  for (const char* name : {"main", "agent/fix-123", "v2.4.0", "a_b/c.d", "MAIN", "release/2.4"}) {
    EXPECT_TRUE(is_short_ref(name)) << name;
  }
  for (const char* name : {"",
                           "refs/heads/main",
                           "agent/x/../../main",
                           "agent/-x",
                           "--orphan",
                           "agent/HEAD",
                           "HEAD",
                           "agent/x.lock",
                           "agent/x@{1}",
                           "agent/\u202emain",
                           "agent/m\u0430in",
                           "agent/x y",
                           "agent/$(touch p)",
                           "a//b",
                           "/a",
                           "a/",
                           ".a",
                           "a/.b",
                           "a.",
                           "a~1",
                           "a^",
                           "a:b",
                           "a?",
                           "a\\b",
                           "refs",
                           "a\nb"}) {
    EXPECT_FALSE(is_short_ref(name)) << name;
  }
  EXPECT_TRUE(is_short_ref(std::string(kLongestRef, 'a')));
  EXPECT_FALSE(is_short_ref(std::string(kLongestRef + 1, 'a')));
}

TEST(RefName, RevisionsNameOneCommit) {
  EXPECT_EQ(parse_revision("main")->kind, Kind::Short);
  EXPECT_EQ(parse_revision("refs/tags/v1")->kind, Kind::Full);
  EXPECT_EQ(parse_revision("HEAD")->kind, Kind::Head);
  EXPECT_EQ(parse_revision(kOid)->kind, Kind::Oid);
  const auto above = parse_revision("main~2^2~");
  ASSERT_TRUE(above);
  EXPECT_EQ(above->name, "main");
  ASSERT_EQ(above->ancestors.size(), 3U);
  EXPECT_EQ(above->ancestors[0].count, 2U);
  EXPECT_EQ(above->ancestors[1].kind, Ancestor::Kind::Parent);
  EXPECT_EQ(above->ancestors[2].count, 1U);
}

TEST(RefName, NothingElseIsOne) {
  for (const char* text : {"",
                           "--upload-pack=touch /tmp/p",
                           "--output=/tmp/p",
                           "-O",
                           "main --output=/tmp/p",
                           "$(id)",
                           "main\n--output=x",
                           "main@{0}",
                           "HEAD^{/secret}",
                           "main..feature",
                           "refs/heads/main.lock",
                           "0000000000000000000000000000000000000000",
                           "/dev/null",
                           "main:secrets/prod.env",
                           ":/x",
                           "main^{tree}",
                           "main~99999",
                           "~1",
                           "@",
                           "main~1~1~1~1~1~1~1~1~1"}) {
    const auto revision = parse_revision(text);
    ASSERT_FALSE(revision) << text;
    EXPECT_EQ(revision.error(), Reason::RefInvalid);
  }
}

TEST(RefName, ObjectIdsAreWhole) {
  EXPECT_TRUE(is_oid(kOid));
  EXPECT_FALSE(is_oid(kOid.substr(1)));
  EXPECT_FALSE(is_oid(std::string(40, '0')));
  EXPECT_FALSE(is_oid(std::string(40, 'A')));
}

}  // namespace
}  // namespace srasta::policy
