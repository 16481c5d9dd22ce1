#include "audit/tile_files.h"

#include "testing/faulty_files.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

/// So many hashes, of which the first byte is the number.
std::string hashes(size_t count, size_t missing_bytes = 0) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(i) + std::string(31, 'h');
  return bytes.substr(0, bytes.size() - missing_bytes);
}

struct Case {
  const char* name;
  std::vector<std::pair<std::string, std::string>> there;
  std::string asked;
  std::optional<std::string> given;
  base::Code code = base::Code::NotFound;
};

TEST(StoredTiles, GivesTheTileOrSoMuchOfAWiderOne) {
  const std::vector<Case> cases = {
      {"the full one", {{"tile/0/000", hashes(256)}}, "tile/0/000", hashes(256)},
      {"exactly this one", {{"tile/0/000.p/5", hashes(5)}}, "tile/0/000.p/5", hashes(5)},
      {"one that is growing", {{"tile/0/000.p/5", hashes(9)}}, "tile/0/000.p/5", hashes(5)},
      {"a wider one that is growing",
       {{"tile/0/000.p/40", hashes(47)}},
       "tile/0/000.p/5",
       hashes(5)},
      {"a wider one", {{"tile/0/000.p/40", hashes(40)}}, "tile/0/000.p/5", hashes(5)},
      {"the narrowest of the wider ones",
       {{"tile/0/000.p/100", hashes(100, 1)}, {"tile/0/000.p/40", hashes(40)}},
       "tile/0/000.p/5",
       hashes(5)},
      {"the full one instead",
       {{"tile/0/000", hashes(256)}, {"tile/0/000.p/4", hashes(4)}},
       "tile/0/000.p/5",
       hashes(5)},
      {"a narrower one", {{"tile/0/000.p/4", hashes(4)}}, "tile/0/000.p/5", std::nullopt},
      {"another one", {{"tile/0/001", hashes(256)}}, "tile/0/000", std::nullopt},
      {"a wider one that is cut",
       {{"tile/0/000.p/40", hashes(40, 1)}},
       "tile/0/000.p/5",
       std::nullopt,
       base::Code::Corrupt},
      {"nothing", {}, "tile/1/000.p/1", std::nullopt},
  };
  for (const Case& one : cases) {
    testing::FaultyFiles files;
    for (const auto& [path, bytes] : one.there) files.put("/stream/" + path, bytes);
    const auto given = stored_tiles(files, "/stream")(one.asked);
    ASSERT_EQ(given.ok(), one.given.has_value()) << one.name;
    if (given) {
      EXPECT_EQ(*given, one.given) << one.name;
    } else {
      EXPECT_EQ(given.error().code, one.code) << one.name;
    }
  }
}

}  // namespace
}  // namespace srasta::audit
