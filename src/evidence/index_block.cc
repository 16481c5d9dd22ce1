#include "evidence/index_block.h"

#include "audit/act.h"
#include "audit/stored_line.h"
#include "audit/stored_records.h"
#include "evidence/moment.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace srasta::evidence {
namespace {

static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) == 48);
static_assert(std::is_trivially_copyable_v<BlockHead> && sizeof(BlockHead) == 2120);

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
constexpr uint8_t kNoOutcome = 255;
constexpr int64_t kEarliest = std::numeric_limits<int64_t>::min();
constexpr int64_t kLatest = std::numeric_limits<int64_t>::max();

uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 32)) * kOdd;
  value = (value ^ (value >> 29)) * kOdd;
  return value ^ (value >> 32);
}

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return mixed(hash);
}

/// Finds accidents; whoever can write the index on purpose can also make its sums.
uint64_t sum_of(std::string_view bytes) {
  uint64_t sum = kOdd;
  for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum = (sum ^ word) * kOdd;
    sum ^= sum >> 32;
  }
  return sum;
}

/// "auth." of "auth.fail".
std::string_view noun_of(std::string_view act) {
  return act.substr(0, act.find('.') + 1);
}

uint8_t number_of_outcome(std::string_view name) {
  const auto outcome = audit::find_outcome(name);
  return outcome ? static_cast<uint8_t>(*outcome) : kNoOutcome;
}

enum class Kind : uint8_t { Actor = 1, Tenant, Request, Act, Noun };

uint64_t key_of(Kind kind, uint64_t hash) {
  return mixed(hash + static_cast<uint64_t>(kind) * kOdd);
}

/// Calls `visit(word, mask)` for each of a key's bits.
template <typename Visit>
void for_each_bit(uint64_t key, Visit visit) {
  for (int i = 0; i < 4; ++i) {
    const auto bit = static_cast<size_t>(key >> (16 * i)) % (BlockHead::kWords * 64);
    visit(bit / 64, uint64_t{1} << (bit % 64));
  }
}

bool holds(const BlockHead& head, uint64_t key) {
  bool all = true;
  for_each_bit(key,
               [&](size_t word, uint64_t mask) { all = all && (head.keys[word] & mask) != 0; });
  return all;
}

void add(BlockHead& head, uint64_t key) {
  for_each_bit(key, [&](size_t word, uint64_t mask) { head.keys[word] |= mask; });
}

void add(BlockHead& head, const Row& row) {
  if (row.damaged != 0) {
    head.keys.fill(~uint64_t{0});
    head.earliest = kEarliest;
    head.latest = kLatest;
    return;
  }
  head.earliest = std::min(head.earliest, row.time);
  head.latest = std::max(head.latest, row.time);
  add(head, key_of(Kind::Actor, row.actor));
  add(head, key_of(Kind::Tenant, row.tenant));
  add(head, key_of(Kind::Request, row.request));
  add(head, key_of(Kind::Act, row.act));
  add(head, key_of(Kind::Noun, row.noun));
}

template <typename T>
std::string_view bytes_of(const T& value, std::string& copy) {
  copy.resize(sizeof value);
  std::memcpy(copy.data(), &value, sizeof value);
  return copy;
}

uint64_t sum_of_head(BlockHead head) {
  head.head_sum = 0;
  std::string copy;
  return sum_of(bytes_of(head, copy));
}

template <typename T>
bool equals(const std::optional<T>& wanted, T value) {
  return !wanted || *wanted == value;
}

}  // namespace

Row row_of(std::string_view line, uint64_t seq, uint64_t offset) {
  const auto found = audit::read_found(line);
  const auto time = found ? micros_of(found->time) : std::nullopt;
  if (!found || !time || found->seq != seq || !audit::leaf_in_line(line)) {
    return {.offset = offset, .damaged = 1};
  }
  return {.offset = offset,
          .time = *time,
          .actor = hash_of(found->actor),
          .tenant = hash_of(found->tenant),
          .request = hash_of(found->request),
          .act = static_cast<uint32_t>(hash_of(found->act)),
          .noun = static_cast<uint16_t>(hash_of(noun_of(found->act))),
          .outcome = number_of_outcome(found->outcome)};
}

std::string encode_block(uint64_t first_seq, const std::vector<Row>& rows,
                         const crypto::Digest& leaf) {
  BlockHead head{.first_seq = first_seq, .earliest = kLatest, .latest = kEarliest, .leaf = leaf};
  for (const Row& row : rows) add(head, row);
  std::string bytes(kBlockBytes, '\0');
  const auto row_bytes = std::span(bytes).subspan(sizeof head);
  std::memcpy(row_bytes.data(), rows.data(), std::min(row_bytes.size(), rows.size() * sizeof(Row)));
  head.rows_sum = sum_of(std::string_view(bytes).substr(sizeof head));
  head.head_sum = sum_of_head(head);
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes;
}

std::optional<BlockHead> decode_head(std::string_view bytes, uint64_t first_seq) {
  BlockHead head;
  if (bytes.size() != sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.head_sum != sum_of_head(head) || head.first_seq != first_seq) return std::nullopt;
  return head;
}

bool decode_rows(std::string_view bytes, const BlockHead& head, std::vector<Row>& rows) {
  if (bytes.size() != kRowsInBlock * sizeof(Row) || sum_of(bytes) != head.rows_sum) return false;
  rows.resize(kRowsInBlock);
  std::memcpy(rows.data(), bytes.data(), bytes.size());
  return true;
}

Sieve::Sieve(const audit::Query& query, std::string_view tenant)
    : since_(query.since ? micros_of(*query.since).value_or(kEarliest) : kEarliest),
      until_(query.until ? micros_of(*query.until).value_or(kLatest) : kLatest) {
  if (query.actor) actor_ = hash_of(*query.actor);
  if (query.tenant) tenant_ = hash_of(*query.tenant);
  if (!tenant.empty()) own_tenant_ = hash_of(tenant);
  if (query.request) request_ = hash_of(*query.request);
  if (query.outcome) outcome_ = number_of_outcome(*query.outcome);
  if (query.act && query.act->ends_with('.')) {
    // Families of more than one word are ruled out by their first.
    noun_ = static_cast<uint16_t>(hash_of(noun_of(*query.act)));
  } else if (query.act) {
    act_ = static_cast<uint32_t>(hash_of(*query.act));
  }
  if (actor_) keys_.push_back(key_of(Kind::Actor, *actor_));
  if (tenant_) keys_.push_back(key_of(Kind::Tenant, *tenant_));
  if (own_tenant_) keys_.push_back(key_of(Kind::Tenant, *own_tenant_));
  if (request_) keys_.push_back(key_of(Kind::Request, *request_));
  if (act_) keys_.push_back(key_of(Kind::Act, *act_));
  if (noun_) keys_.push_back(key_of(Kind::Noun, *noun_));
}

bool Sieve::may_hold(const BlockHead& head) const {
  return head.latest >= since_ && head.earliest < until_ &&
         std::ranges::all_of(keys_, [&](uint64_t key) { return holds(head, key); });
}

bool Sieve::may_fit(const Row& row) const {
  if (row.damaged != 0) return true;
  return row.time >= since_ && row.time < until_ && equals(request_, row.request) &&
         equals(actor_, row.actor) && equals(tenant_, row.tenant) &&
         equals(own_tenant_, row.tenant) && equals(act_, row.act) && equals(noun_, row.noun) &&
         equals(outcome_, row.outcome);
}

}  // namespace srasta::evidence
