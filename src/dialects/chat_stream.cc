#include "dialects/chat_stream.h"

#include "json/scanner.h"

#include <algorithm>

namespace srasta::dialects {
namespace {

/// Of blocks that wait for another to end: no model comes near.
constexpr size_t kMostHeld = size_t{4} << 20;
constexpr size_t kMostBlocks = 1024;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

void ObjectEnd::feed(std::string_view text) {
  for (const char c : text) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
      opened_ = true;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
  }
}

void ChatStream::on_event(const Fields& data) {
  if (data["error"] || data["object"].says("error")) return report(data, asked_);
  if (const Value usage = data["usage"]) usage_ = read_chat_usage(usage);
  for (const Value element : data["choices"].elements()) {
    const Fields choice(element);
    if (choice["index"].integer().value_or(0) != 0) continue;
    if (!begun_) {
      begun_ = true;
      const Value model = data["model"];
      begin(data["id"].text(), model.is(json::Kind::String) ? model.raw() : "\"\"", usage_);
    }
    take_choice(choice);
  }
}

void ChatStream::take_choice(const Fields& choice) {
  const Fields delta(choice["delta"]);
  take_text(BlockKind::Thinking, thinking_of(delta));
  take_text(BlockKind::Text, delta["content"].text());
  take_text(BlockKind::Refusal, delta["refusal"].text());
  for (const Value call : delta["tool_calls"].elements()) take_call(Fields(call));
  if (choice["finish_reason"] && !finished_) {
    finished_ = true;
    finish_ = read_finish(choice, called_, refused_);
  }
  if (running()) pump();
}

void ChatStream::take_text(BlockKind kind, std::string_view text) {
  if (text.empty() || !running()) return;
  if (finished_) return set(State::Broken);
  if (blocks_.empty() || blocks_.back().block.kind != kind) push(kind, 0);
  refused_ = refused_ || kind == BlockKind::Refusal;
  hold(blocks_.back(), text);
}

/// Engines that do not number their calls, or give all the same number, give each an id.
ChatStream::Held* ChatStream::find_call(int64_t key, std::string_view id) {
  const auto found = std::ranges::find_if(blocks_.rbegin(), blocks_.rend(), [&](const Held& held) {
    return held.block.kind == BlockKind::Call && held.key == key;
  });
  if (found == blocks_.rend()) return nullptr;
  const bool another = !id.empty() && !found->block.id.empty() && found->block.id != id;
  return another ? nullptr : &*found;
}

void ChatStream::take_call(const Fields& call) {
  if (!running()) return;
  const Fields function(call["function"]);
  const std::string_view id = call["id"].text();
  const std::string_view arguments = function["arguments"].text();
  if (finished_) {
    if (!arguments.empty()) set(State::Broken);
    return;
  }
  const auto index = call["index"].integer();
  if (index) {
    last_key_ = *index;
  } else if (last_key_ < 0 || (!id.empty() && find_call(last_key_, id) == nullptr)) {
    ++last_key_;
  }
  Held* held = find_call(last_key_, id);
  if (held == nullptr) {
    // What comes behind a whole object can only be blanks.
    const bool closed = std::ranges::find(closed_calls_, last_key_) != closed_calls_.end();
    if (closed && id.empty()) {
      if (!is_blank(json::unescape(arguments))) set(State::Broken);
      return;
    }
    push(BlockKind::Call, last_key_);
    called_ = true;
    held = &blocks_.back();
  }
  if (held->block.id.empty()) held->block.id = id;
  if (held->block.name.empty()) held->block.name = function["name"].text();
  held->arguments.feed(json::unescape(arguments));
  hold(*held, arguments);
}

void ChatStream::push(BlockKind kind, int64_t key) {
  blocks_.push_back({.block = {.kind = kind}, .key = key});
  if (blocks_.size() > kMostBlocks) set(State::Broken);
}

void ChatStream::hold(Held& held, std::string_view text) {
  held.text += text;
  held_bytes_ += text.size();
  if (held_bytes_ > kMostHeld) set(State::Broken);
}

/// Passes on what may go.
void ChatStream::pump() {
  while (!blocks_.empty()) {
    Held& head = blocks_.front();
    const bool is_call = head.block.kind == BlockKind::Call;
    if (!head.opened) {
      if (is_call && head.block.name.empty()) {
        if (finished_) set(State::Broken);
        return;
      }
      head.block.index = next_index_++;
      if (is_call && head.block.id.empty()) {
        head.block.id =
            "call_" + std::to_string(head.block.index) + "_" + std::string(asked_.request_id);
      }
      head.opened = true;
      open(head.block);
    }
    if (!head.text.empty()) {
      append(head.block, head.text);
      held_bytes_ -= head.text.size();
      head.text.clear();
    }
    const bool others_wait = blocks_.size() > 1;
    const bool ended = finished_ || (others_wait && (!is_call || head.arguments.reached()));
    if (!ended) return;
    close(head.block);
    if (is_call) closed_calls_.push_back(head.key);
    blocks_.pop_front();
  }
}

void ChatStream::on_done() {
  if (!begun_) return set(State::Broken);
  if (!finished_) {
    finished_ = true;
    finish_ = read_finish(Fields(std::string_view()), called_, refused_);
    pump();
  }
  if (!running()) return;
  end(finish_, usage_);
  if (running()) set(State::Complete);
}

/// Engines that end without [DONE] have at least said why they stopped.
void ChatStream::on_end() {
  if (finished_) on_done();
}

}  // namespace srasta::dialects
