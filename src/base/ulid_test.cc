#include "base/ulid.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

class ZeroEntropy final : public Entropy {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = std::byte{0};
  }
};

TEST(Ulid, EncodesTimeFirstThenRandomness) {
  ZeroEntropy entropy;

  EXPECT_EQ(make_ulid(WallTime(Millis(1'469'918'176'385)), entropy), "01ARYZ6S410000000000000000");
}

TEST(UlidSource, NeverRepeatsAcrossItsBatches) {
  const SystemClock clock;
  SystemEntropy entropy;
  UlidSource source(clock, entropy);
  std::set<std::string> seen;

  for (int i = 0; i < 5000; ++i) seen.insert(source.next());

  EXPECT_EQ(seen.size(), 5000U);
}

}  // namespace
}  // namespace srasta::base
