#include "tlog/policy.h"

#include "base/encoding.h"
#include "tlog/lines.h"

#include <algorithm>
#include <utility>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;
using base::Result;
using Words = std::span<const std::string_view>;

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kNone = "none";

Result<void> wrong(std::string message) {
  return make_error(Code::Invalid, std::move(message));
}

bool is_allowed(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7f);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const size_t end = line.find_first_of(kBlank, at);
    words.push_back(line.substr(at, end == std::string_view::npos ? end : end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

/// Two keys are the same whatever they are called.
bool has_key(std::span<const VerifierKey> keys, const VerifierKey& key) {
  return std::ranges::find(keys, key.public_key(), &VerifierKey::public_key) != keys.end();
}

Result<VerifierKey> key_of(std::string_view text, SignatureType type) {
  SRASTA_TRY_ASSIGN(auto key, VerifierKey::parse(text));
  if (key.type() == type) return key;
  return make_error(Code::Invalid, type == SignatureType::Ed25519
                                       ? "the key of a log is one of type 1"
                                       : "the key of a witness is one of type 4");
}

}  // namespace

class PolicyParser {
 public:
  Result<Policy> parse(std::string_view text) {
    Lines lines(text);
    uint64_t number = 0;
    while (const auto line = lines.next()) {
      ++number;
      auto taken = take(words_of(*line));
      if (taken) continue;
      base::Error error = std::move(taken).error();
      error.message = "line " + std::to_string(number) + ": " + error.message;
      return error;
    }
    if (!lines.rest().empty()) return make_error(Code::Invalid, "the last line has no end");
    if (!has_quorum_) return make_error(Code::Invalid, "there is no quorum");
    return std::move(policy_);
  }

 private:
  Result<void> take(Words words) {
    if (words.empty() || words.front().starts_with('#')) return {};
    const std::string_view kind = words.front();
    words = words.subspan(1);
    if (kind == "log") return take_log(words);
    if (kind == "witness") return take_witness(words);
    if (kind == "group") return take_group(words);
    if (kind == "quorum") return take_quorum(words);
    return wrong("a line is about a log, a witness, a group or the quorum");
  }

  Result<void> take_log(Words words) {
    if (words.empty() || words.size() > 2) return wrong("a log has a key and perhaps a URL");
    SRASTA_TRY_ASSIGN(auto key, key_of(words[0], SignatureType::Ed25519));
    if (has_key(policy_.logs_, key)) return wrong("another log has this key");
    policy_.logs_.push_back(std::move(key));
    return {};
  }

  Result<void> take_witness(Words words) {
    if (words.size() < 2 || words.size() > 3) {
      return wrong("a witness has a name, a key and perhaps a URL");
    }
    SRASTA_TRY_ASSIGN(auto key, key_of(words[1], SignatureType::CosignatureV1));
    if (has_key(policy_.witnesses_, key)) return wrong("another witness has this key");
    SRASTA_TRY(add({.name = std::string(words[0]), .witness = policy_.witnesses_.size()}));
    policy_.witnesses_.push_back(std::move(key));
    return {};
  }

  Result<void> take_group(Words words) {
    if (words.size() < 3) return wrong("a group has a name, how many are wanted, and members");
    Policy::Party group{.name = std::string(words[0])};
    const Words members = words.subspan(2);
    const auto wanted = words[1] == "any"   ? std::optional<uint64_t>(1)
                        : words[1] == "all" ? std::optional<uint64_t>(members.size())
                                            : base::parse_u64(words[1]);
    if (!wanted || *wanted < 1 || *wanted > members.size()) {
      return wrong("of the members, any, all or a number of them are wanted");
    }
    group.wanted = *wanted;
    for (const std::string_view name : members) {
      const auto found = find(name);
      if (!found) return wrong("no line before this one defines " + std::string(name));
      if (std::exchange(policy_.parties_[*found].has_group, true)) {
        return wrong(std::string(name) + " is a member of a group already");
      }
      group.members.push_back(*found);
    }
    return add(std::move(group));
  }

  Result<void> take_quorum(Words words) {
    if (words.size() != 1) return wrong("the quorum is one name");
    if (has_quorum_) return wrong("there is a second quorum");
    has_quorum_ = true;
    if (words[0] == kNone) return {};
    policy_.quorum_ = find(words[0]);
    if (policy_.quorum_) return {};
    return wrong("no line before this one defines " + std::string(words[0]));
  }

  [[nodiscard]] std::optional<size_t> find(std::string_view name) const {
    const auto found = std::ranges::find(policy_.parties_, name, &Policy::Party::name);
    if (found == policy_.parties_.end()) return std::nullopt;
    return static_cast<size_t>(found - policy_.parties_.begin());
  }

  Result<void> add(Policy::Party party) {
    if (party.name == kNone || find(party.name)) {
      return wrong(party.name + " is defined already");
    }
    policy_.parties_.push_back(std::move(party));
    return {};
  }

  Policy policy_;
  bool has_quorum_ = false;
};

Result<Policy> Policy::parse(std::string_view text) {
  if (text.size() > kMostPolicyBytes) return make_error(Code::TooLarge, "the policy is too large");
  if (!std::ranges::all_of(text, is_allowed)) {
    return make_error(Code::Invalid, "a policy has no control characters but tab and newline");
  }
  return PolicyParser().parse(text);
}

Result<bool> Policy::is_met(const Note& note) const {
  std::vector<bool> cosigned(witnesses_.size(), false);
  const bool any = std::ranges::any_of(note.signatures, [&](const NoteSignature& signature) {
    return std::ranges::any_of(witnesses_, [&](const VerifierKey& key) {
      return key.id() == signature.id && key.name() == signature.name;
    });
  });
  if (any) {
    SRASTA_TRY_ASSIGN(const auto verified, verify_note(note, witnesses_));
    for (const VerifiedSignature& signature : verified) cosigned[signature.key] = true;
  }
  std::vector<bool> is_met;  // of each party
  for (const Party& party : parties_) {
    const auto met = std::ranges::count_if(party.members, [&](size_t i) { return is_met[i]; });
    is_met.push_back(party.witness ? cosigned[*party.witness]
                                   : static_cast<uint64_t>(met) >= party.wanted);
  }
  return !quorum_ || is_met[*quorum_];
}

}  // namespace srasta::tlog
