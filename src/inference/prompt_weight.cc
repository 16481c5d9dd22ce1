#include "inference/prompt_weight.h"

#include "json/walk.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

namespace srasta::inference {
namespace {

using json::Kind;
using json::Walk;

constexpr uint64_t kPerMessage = 16;
/// Brackets, and the line breaks that templates put beside them.
constexpr uint64_t kPerContainer = 4;
/// A comma or a colon with the blank after it.
constexpr uint64_t kPerSeparator = 2;
constexpr uint64_t kQuotes = 2;

/// What no engine puts into a prompt. Everything else counts.
constexpr auto kOutsidePrompt = std::to_array<std::string_view>(
    {"model", "user", "metadata", "stop", "stop_token_ids", "stream_options", "logit_bias",
     "modalities", "audio", "encoding_format", "safety_identifier", "prompt_cache_key",
     "prompt_cache_retention", "service_tier", "reasoning_effort", "verbosity"});

/// Members of a message's part whose value is a picture, a sound, a film or a file.
constexpr auto kMedia = std::to_array<std::string_view>(
    {"image_url", "input_audio", "file", "audio_url", "video_url", "image_embeds"});

/// The same of a part of Responses, where files stand beside their type.
constexpr auto kFiles = std::to_array<std::string_view>({"file_data", "file_url", "file_id"});

bool is_one_of(std::string_view raw_key, auto names) {
  const auto matches = [names](std::string_view key) {
    return std::ranges::find(names, key) != names.end();
  };
  if (!raw_key.contains('\\')) return matches(raw_key);
  return matches(json::unescape(raw_key));
}

bool is_named(std::string_view raw_key, std::string_view name) {
  return is_one_of(raw_key, std::to_array<std::string_view>({name}));
}

class Scale {
 public:
  Scale(BodyKind kind, uint64_t per_media) : kind_(kind), per_media_(per_media) {}

  [[nodiscard]] uint64_t tokens() const { return tokens_; }
  void add(uint64_t tokens) { tokens_ = saturating_add(tokens_, tokens); }

  void text(std::string_view raw) { add(json::unescaped_size(raw)); }

  /// Any value, as the JSON text that a template makes of it.
  void document(Walk& walk) {
    switch (walk.kind()) {
      case Kind::String:
        return add(kQuotes + json::unescaped_size(walk.string(), true));
      case Kind::Array:
        add(kPerContainer);
        return walk.elements([&] {
          document(walk);
          add(kPerSeparator);
        });
      case Kind::Object:
        add(kPerContainer);
        return walk.members([&](std::string_view key) { named_document(key, walk); });
      default:
        return add(walk.skip().size());
    }
  }

  void named_document(std::string_view key, Walk& walk) {
    add(kQuotes + json::unescaped_size(key, true) + 2 * kPerSeparator);
    document(walk);
  }

  void messages(Walk& walk) {
    if (walk.kind() != Kind::Array) return document(walk);
    walk.elements([&] {
      add(kPerMessage);
      if (walk.kind() != Kind::Object) return document(walk);
      walk.members([&](std::string_view key) { message_member(key, walk); });
    });
  }

  /// Of Ollama: an array of base64.
  void pictures(Walk& walk) {
    if (walk.kind() != Kind::Array) return document(walk);
    walk.elements([&] {
      add(per_media_);
      (void)walk.skip();
    });
  }

 private:
  void message_member(std::string_view key, Walk& walk) {
    const bool content = is_named(key, "content");
    const bool parts = content || (kind_ == BodyKind::Responses && is_named(key, "output"));
    if (content && walk.kind() == Kind::Null) {
      (void)walk.skip();
    } else if (parts && walk.kind() == Kind::Array) {
      walk.elements([&] { part(walk); });
    } else if (kind_ == BodyKind::Ollama && is_named(key, "images")) {
      pictures(walk);
    } else if ((content || is_named(key, "role")) && walk.kind() == Kind::String) {
      text(walk.string());
    } else {
      named_document(key, walk);
    }
  }

  void part(Walk& walk) {
    if (walk.kind() != Kind::Object) return document(walk);
    walk.members([&](std::string_view key) {
      if (is_media(key)) {
        media(walk);
      } else if (kind_ == BodyKind::Messages && is_named(key, "content") &&
                 walk.kind() == Kind::Array) {
        walk.elements([&] { part(walk); });  // of a tool's result, or a document
      } else if (walk.kind() == Kind::String) {
        text(walk.string());
      } else {
        document(walk);
      }
    });
  }

  [[nodiscard]] bool is_media(std::string_view key) const {
    if (is_one_of(key, kMedia)) return true;
    if (kind_ == BodyKind::Messages) return is_named(key, "source");
    return kind_ == BodyKind::Responses && is_one_of(key, kFiles);
  }

  void media(Walk& walk) {
    add(per_media_);
    const std::string_view value = walk.skip();
    // A document of Anthropic's may be its text, or blocks.
    if (kind_ != BodyKind::Messages || !holds_text(value)) return;
    Walk again(value);
    document(again);
  }

  static bool holds_text(std::string_view source) {
    Walk walk(source);
    if (walk.kind() != Kind::Object) return true;
    bool is_base64 = false;
    walk.members([&](std::string_view key) {
      const bool type = is_named(key, "type") && walk.kind() == Kind::String;
      const std::string_view value = walk.skip();
      if (type) is_base64 = value == R"("base64")";
    });
    return !is_base64;
  }

  BodyKind kind_;
  uint64_t per_media_;
  uint64_t tokens_ = 0;
};

/// A prompt or text to embed; or many; or the tokens of one; or of many.
PromptWeight weigh_prompts(Walk& walk, Scale& scale) {
  if (walk.kind() == Kind::String) {
    scale.add(kPerMessage);
    scale.text(walk.string());
    return {.tokens = scale.tokens()};
  }
  if (walk.kind() != Kind::Array) {
    scale.document(walk);
    return {.tokens = scale.tokens()};
  }
  uint64_t prompts = 0;
  walk.elements([&] {
    const Kind kind = walk.kind();
    if (kind == Kind::Number) {
      (void)walk.skip();
      return scale.add(1);
    }
    ++prompts;
    scale.add(kPerMessage);
    if (kind == Kind::String) return scale.text(walk.string());
    if (kind != Kind::Array) return scale.document(walk);
    walk.elements([&] {
      if (walk.kind() != Kind::Number) return scale.document(walk);
      (void)walk.skip();
      scale.add(1);
    });
  });
  if (prompts == 0) scale.add(kPerMessage);
  return {.tokens = scale.tokens(), .prompts = std::max<uint64_t>(prompts, 1)};
}

}  // namespace

uint64_t saturating_add(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}

uint64_t saturating_multiply(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<uint64_t>::max() : product;
}

PromptWeight weigh(const json::Member& member, BodyKind kind, uint64_t per_media) {
  const bool whole =
      member.kind == Kind::String || member.kind == Kind::Array || member.kind == Kind::Object;
  if (!whole || is_one_of(member.key, kOutsidePrompt)) return {};
  Walk walk(member.value);
  Scale scale(kind, per_media);
  const bool is_input = is_one_of(member.key, std::to_array<std::string_view>({"prompt", "input"}));
  // What Responses calls input is one conversation.
  const bool is_talk = is_named(member.key, kind == BodyKind::Responses ? "input" : "messages");
  if (is_input && !(is_talk && member.kind == Kind::Array)) return weigh_prompts(walk, scale);
  if (is_talk) {
    scale.messages(walk);
  } else if (kind == BodyKind::Ollama && is_named(member.key, "images")) {
    scale.pictures(walk);
  } else {
    scale.named_document(member.key, walk);
  }
  return {.tokens = scale.tokens()};
}

}  // namespace srasta::inference
