#include "audit/event.h"

#include "base/check.h"

namespace srasta::audit {
namespace {

bool says_nothing(const DataValue::Variant& value) {
  if (const auto* reason = std::get_if<Reason>(&value)) return *reason == Reason::None;
  if (const auto* label = std::get_if<Label>(&value)) return label->empty();
  return false;
}

}  // namespace

Data& Data::add(Field name, DataValue value) {
  if (says_nothing(value.variant())) return *this;
  auto* const end = members_.data() + size_;
  auto* const at =
      std::ranges::lower_bound(members_.data(), end, name.view(), {},
                               [](const Member& member) { return member.name.view(); });
  if (at != end && at->name.view() == name.view()) {
    at->value = value;
    return *this;
  }
  SRASTA_CHECK(size_ < kMax, "producers add a fixed, small number of members");
  std::move_backward(at, end, end + 1);
  *at = Member{name, value};
  ++size_;
  return *this;
}

std::string_view to_string(ActorKind kind) {
  switch (kind) {
    case ActorKind::None:
      return "none";
    case ActorKind::User:
      return "user";
    case ActorKind::Service:
      return "service";
    case ActorKind::Key:
      return "key";
    case ActorKind::System:
      return "system";
  }
  return "none";
}

}  // namespace srasta::audit
