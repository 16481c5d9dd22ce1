// Question: are bytes that are no block of the index, or another one, ever taken for it?
#include "evidence/index_block.h"
#include "input.h"

#include <string>

namespace {

namespace evidence = srasta::evidence;

std::string some_block() {
  const std::vector<evidence::Row> rows(evidence::kRowsInBlock, evidence::Row{.time = 1});
  return evidence::encode_block(evidence::kRowsInBlock, rows, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  static const std::string right = some_block();
  const std::string_view text = srasta::fuzz::text_of(data, size);
  // The input is written over the block, from a place that its first bytes name.
  std::string bytes = right;
  const size_t at = size < 2 ? 0 : (data[0] * 256U + data[1]) % bytes.size();
  bytes.replace(at, std::min(text.size(), bytes.size() - at), text.substr(0, bytes.size() - at));
  const std::string_view head_bytes =
      std::string_view(bytes).substr(0, sizeof(evidence::BlockHead));
  (void)evidence::decode_head(text, 0);
  const auto head = evidence::decode_head(head_bytes, evidence::kRowsInBlock);
  if (!head) return 0;
  require(head_bytes == std::string_view(right).substr(0, head_bytes.size()));
  std::vector<evidence::Row> rows;
  const std::string_view row_bytes = std::string_view(bytes).substr(head_bytes.size());
  if (evidence::decode_rows(row_bytes, *head, rows)) require(bytes == right);
  return 0;
}
