#include "service/body_refusal.h"

#include <array>

namespace srasta::service {
namespace {

using net::BodyFault;

struct Row {
  BodyFault fault;
  BodyRefusal refusal;
};

constexpr std::array kRows = {
    Row{BodyFault::TooLarge, {ErrorCode::BodyTooLarge, "body_too_large"}},
    Row{BodyFault::Truncated, {ErrorCode::BodyTruncated, "body_truncated"}},
    Row{BodyFault::Timeout, {ErrorCode::RequestTimeout, "body_timeout"}},
    Row{BodyFault::BadChunk, {ErrorCode::BadChunk, "chunk"}},
    Row{BodyFault::TrailersTooLarge, {ErrorCode::HeadTooLarge, "head_too_large"}},
};

}  // namespace

BodyRefusal refusal_of(net::BodyFault fault) {
  for (const Row& row : kRows) {
    if (row.fault == fault) return row.refusal;
  }
  return {};  // no room, in memory or on disk
}

}  // namespace srasta::service
