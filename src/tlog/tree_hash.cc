#include "tlog/tree_hash.h"

namespace srasta::tlog {
namespace {

constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

}  // namespace

crypto::Digest empty_root() {
  return crypto::sha256({});
}

crypto::Digest leaf_hash(std::string_view body) {
  return crypto::sha256_joined({kLeafPrefix, body});
}

crypto::Digest node_hash(const crypto::Digest& left, const crypto::Digest& right) {
  return crypto::sha256_joined({kNodePrefix, crypto::bytes_of(left), crypto::bytes_of(right)});
}

}  // namespace srasta::tlog
