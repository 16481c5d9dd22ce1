#include "gateway/client_interface.h"

#include "dialects/translation.h"

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

using dialects::Operation;
using dialects::Protocol;

TEST(ClientInterface, KnowsAPathForEverythingThatIsTranslated) {
  size_t ways = 0;
  for (const Protocol client : dialects::kProtocols) {
    for (const Protocol engine : dialects::kProtocols) {
      for (const Operation operation : {Operation::Chat, Operation::Generate, Operation::Embed}) {
        const dialects::Way way{client, engine, operation};
        if (!dialects::translates(way)) continue;
        ++ways;
        EXPECT_NE(path_of(client, operation), "");
        EXPECT_NE(path_of(engine, dialects::asked_of_engine(way)), "");
      }
    }
  }
  EXPECT_EQ(ways, 9U);
}

TEST(ClientInterface, FindsTheSameByPathAndByWhatIsAskedThere) {
  for (const std::string_view path : {"/v1/chat/completions", "/v1/embeddings", "/v1/responses",
                                      "/v1/messages", "/api/chat", "/api/generate", "/api/embed"}) {
    const ClientInterface found = interface_of(path);
    ASSERT_TRUE(found.operation) << path;
    EXPECT_EQ(path_of(found.protocol, *found.operation), path);
  }
  EXPECT_EQ(interface_of("/v1/rerank").operation, std::nullopt);
  EXPECT_EQ(interface_of("/v1/messages/count_tokens").operation, std::nullopt);
  EXPECT_EQ(path_of(Protocol::Messages, Operation::Embed), "");
}

}  // namespace
}  // namespace srasta::gateway
