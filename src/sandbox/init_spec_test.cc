#include "sandbox/init_spec.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

InitSpec sample() {
  InitSpec spec;
  spec.tier = Tier::T1c;
  spec.control = 3;
  spec.landlock_abi = 7;
  spec.cpu_seconds = 60;
  spec.file_size = 1U << 20;
  spec.folder = "/workspace";
  spec.tmp = "/tmp";
  spec.environment = {"PATH=/usr/bin", "ODD=a=b\nc", "EMPTY="};
  spec.argv = {"/usr/bin/make", "--", "env=X=1", ""};
  return spec;
}

TEST(InitSpec, IsReadAsItWasWritten) {
  const InitSpec spec = sample();

  const auto read = parse_arguments(to_arguments(spec));

  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_arguments(*read), to_arguments(spec));
  EXPECT_EQ(read->argv, spec.argv);
  EXPECT_EQ(read->environment, spec.environment);
}

TEST(InitSpec, RefusesEveryArgumentMissingDoubledOrChanged) {
  const std::vector<std::string> good = to_arguments(sample());
  const auto is_fixed = [&](size_t index) { return !good[index].starts_with("env="); };
  const size_t separator = good.size() - 5;
  ASSERT_EQ(good[separator], "--");
  for (size_t index = 0; index <= separator; ++index) {
    if (!is_fixed(index)) continue;
    std::vector<std::string> missing = good;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(index));
    std::vector<std::string> changed = good;
    changed[index] += " ";
    if (index < separator) {
      EXPECT_FALSE(parse_arguments(missing).ok()) << index;
      std::vector<std::string> doubled = good;
      doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(index), good[index]);
      EXPECT_FALSE(parse_arguments(doubled).ok()) << index;
    }
    if (!good[index].starts_with("folder=") && !good[index].starts_with("tmp=")) {
      EXPECT_FALSE(parse_arguments(changed).ok()) << index;
    }
  }
}

TEST(InitSpec, RefusesWhatIsNoProgram) {
  for (const std::vector<std::string>& argv :
       {std::vector<std::string>{}, {"make"}, {""}, {"./make"}}) {
    InitSpec spec = sample();
    spec.argv = argv;
    EXPECT_FALSE(parse_arguments(to_arguments(spec)).ok());
  }
  EXPECT_FALSE(parse_arguments({}).ok());
}

}  // namespace
}  // namespace srasta::sandbox
