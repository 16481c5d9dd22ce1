#include "access/rate_limits.h"

#include "access/gcra_table.h"

#include <algorithm>

namespace srasta::access {
namespace {

/// A cell can only be retired while nobody uses it, so that a second attempt nearly always finds
/// its own.
constexpr int kAttempts = 3;

/// Cells that many share come last: a take that is undone may be seen by others for a moment.
int sharing(LimitPer per) {
  switch (per) {
    case LimitPer::Key:
      return 0;
    case LimitPer::Principal:
      return 1;
    case LimitPer::Model:
      return 2;
    case LimitPer::Tenant:
      return 3;
  }
  return 3;
}

bool needs_model(const RateRule& rule) {
  return rule.per == LimitPer::Model || !rule.scope.models.empty();
}

/// Changes with everything that makes the count of one configuration useless to another.
std::string key_prefix(const RateRule& rule) {
  std::string prefix = rule.name;
  prefix += '\0';
  prefix += to_string(rule.per);
  prefix += rule.route_class ? " " + std::to_string(*rule.route_class) : std::string();
  prefix += " " + std::to_string(rule.rate.burst) + " " + std::to_string(rule.rate.every.count());
  prefix += '\0';
  return prefix;
}

RateShown shown_of(const RateRule& rule, const GcraAnswer& answer) {
  return {.limit = rule.rate.burst, .remaining = answer.remaining, .reset = answer.reset};
}

bool tighter(const RateShown& a, const RateShown& b) {
  return a.remaining != b.remaining ? a.remaining < b.remaining : a.reset > b.reset;
}

void count_admission(RateTicket& ticket, const RateRule& rule, const GcraAnswer& answer) {
  const RateShown shown = shown_of(rule, answer);
  if (!ticket.shown || tighter(shown, *ticket.shown)) ticket.shown = shown;
}

void count_refusal(RateTicket& ticket, const RateRule& rule, const GcraAnswer& answer) {
  if (!ticket.admitted && answer.retry_after <= ticket.retry_after) return;
  ticket = {.per = rule.per, .retry_after = answer.retry_after, .shown = shown_of(rule, answer)};
}

}  // namespace

RateTicket RateHandle::admit(base::MonoTime now) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const Binding* const unplaced = find_cells(now)) {
      const base::Micros wait = std::max(table_->next_room() - now, base::Micros(1));
      return {.table_full = true, .per = unplaced->rule->per, .retry_after = wait};
    }
    bool retired = false;
    const RateTicket ticket = take_all(now, retired);
    if (!retired) return ticket;
  }
  return {.table_full = true, .retry_after = base::Micros(1)};
}

const RateHandle::Binding* RateHandle::find_cells(base::MonoTime now) {
  for (Binding& binding : bindings_) {
    if (binding.cell == nullptr) binding.cell = table_->cell_of(binding.key, now);
    if (binding.cell == nullptr) return &binding;
  }
  return nullptr;
}

RateTicket RateHandle::take_all(base::MonoTime now, bool& retired) {
  RateTicket ticket{.admitted = true};
  if (bindings_.size() > 1) {
    for (Binding& binding : bindings_) {
      const GcraAnswer answer = binding.cell->peek(now, binding.rule->rate);
      if (answer.retired) {
        binding.cell = nullptr;
        retired = true;
      } else if (!answer.admitted) {
        count_refusal(ticket, *binding.rule, answer);
      }
    }
    if (retired || !ticket.admitted) return ticket;
  }
  for (size_t i = 0; i < bindings_.size(); ++i) {
    Binding& binding = bindings_[i];
    const GcraAnswer answer = binding.cell->take(now, binding.rule->rate);
    if (answer.admitted) {
      count_admission(ticket, *binding.rule, answer);
      continue;
    }
    for (size_t back = i; back-- > 0;) bindings_[back].cell->give_back(bindings_[back].rule->rate);
    retired = answer.retired;
    if (retired) binding.cell = nullptr;
    count_refusal(ticket, *binding.rule, answer);
    return ticket;
  }
  return ticket;
}

void RateHandle::give_back() {
  for (const Binding& binding : bindings_) {
    if (binding.cell != nullptr) binding.cell->give_back(binding.rule->rate);
  }
}

RateLimits::RateLimits(Settings settings)
    : RateLimits(std::move(settings), std::make_shared<GcraTable>(0)) {}

RateLimits::RateLimits(Settings settings, const RateLimits& before)
    : RateLimits(std::move(settings), before.table_) {}

RateLimits::RateLimits(Settings settings, std::shared_ptr<GcraTable> table)
    : table_(std::move(table)) {
  table_->set_most(settings.most_cells);
  std::ranges::sort(settings.rules, {}, [](const RateRule& rule) {
    return std::pair(sharing(rule.per), std::string_view(rule.name));
  });
  for (RateRule& rule : settings.rules) {
    std::vector<Known>& stage = needs_model(rule) ? for_models_ : before_body_;
    std::string prefix = key_prefix(rule);
    stage.push_back({std::make_shared<const RateRule>(std::move(rule)), std::move(prefix)});
  }
}

RateHandle RateLimits::handle(const LimitSubject& subject, uint8_t route_class) const {
  return bind(before_body_, subject, route_class);
}

RateHandle RateLimits::model_handle(const LimitSubject& subject, uint8_t route_class) const {
  return bind(for_models_, subject, route_class);
}

RateHandle RateLimits::bind(const std::vector<Known>& rules, const LimitSubject& subject,
                            uint8_t route_class) const {
  RateHandle handle(table_);
  for (const Known& known : rules) {
    const RateRule& rule = *known.rule;
    if (rule.route_class && *rule.route_class != route_class) continue;
    const auto name = counted_name(rule.per, subject);
    if (!name || !rule.scope.covers(subject)) continue;
    handle.bindings_.push_back({known.rule, known.prefix + std::string(*name), nullptr});
  }
  return handle;
}

size_t RateLimits::cells() const {
  return table_->size();
}

}  // namespace srasta::access
