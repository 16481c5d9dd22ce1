// Question: is every accepted request written again byte for byte, and does a witness that trusts
// one key cosign nothing but what it signed?
#include "input.h"
#include "tlog/witness_request.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlog = srasta::tlog;
  using srasta::fuzz::require;
  static const tlog::WatchedLog watched = {
      .keys = {*tlog::VerifierKey::parse(
          "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")},
      .size = 5,
      .root = {}};
  const std::string_view bytes = srasta::fuzz::text_of(data, size);
  if (const auto known = tlog::parse_conflict_body(bytes)) {
    require(tlog::conflict_body(*known) == bytes);
  }
  const auto request = tlog::parse_witness_request(bytes);
  if (!request) return 0;
  const auto again = tlog::write_witness_request(*request);
  require(again.ok() && *again == bytes);
  // This key never signed a checkpoint.
  require(tlog::decide(*request, &watched) == tlog::WitnessVerdict::NotSigned);
  return 0;
}
