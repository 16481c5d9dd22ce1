#include "mock_shape.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr std::string_view kBeforeContent =
    R"(data: {"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"bench",)"
    R"("choices":[{"index":0,"delta":{"content":")";
constexpr std::string_view kAfterContent = "\"},\"finish_reason\":null}]}\n\n";
constexpr size_t kStamp = 8 + 1 + 19 + 1;

uint64_t number_in(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.begin(), text.end(), value);
  return value;
}

/// The text behind `key`, up to the next quote. The bench writes its bodies itself, always alike.
std::string_view string_member(std::string_view body, std::string_view key) {
  const size_t at = body.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = body.substr(at + key.size());
  return rest.substr(0, rest.find('"'));
}

/// Callers write this field in either case.
size_t content_length(std::string_view head) {
  size_t at = head.find("\r\nContent-Length: ");
  if (at == std::string_view::npos) at = head.find("\r\ncontent-length: ");
  return at == std::string_view::npos ? 0 : number_in(head.substr(at + 18));
}

std::string chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

}  // namespace

MockShape parse_shape(std::string_view model) {
  MockShape shape;
  if (!model.starts_with("stream-")) return shape;
  model.remove_prefix(7);
  shape.frames = static_cast<uint32_t>(number_in(model));
  const size_t times = model.find('x');
  const size_t pace = model.find('@');
  const size_t at_once = model.find('*');
  if (times != std::string_view::npos) shape.frame_bytes = number_in(model.substr(times + 1));
  if (pace != std::string_view::npos) {
    shape.pace_ns = static_cast<int64_t>(number_in(model.substr(pace + 1))) * 1'000'000;
  }
  if (at_once != std::string_view::npos) {
    shape.at_once = static_cast<uint32_t>(number_in(model.substr(at_once + 1)));
  }
  return shape;
}

std::optional<MockRequest> take_request(std::string& in) {
  const size_t head_end = in.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  const std::string_view head = std::string_view(in).substr(0, head_end + 2);
  const size_t size = head_end + 4 + content_length(head);
  if (in.size() < size) return std::nullopt;
  const std::string_view body = std::string_view(in).substr(head_end + 4, size - head_end - 4);
  const size_t path_at = std::min(head.find(' ') + 1, head.size());
  MockRequest request{
      .path = std::string(head.substr(path_at, head.find(' ', path_at) - path_at)),
      .id = std::string(string_member(body, R"("user":")")),
      .shape = parse_shape(string_member(body, R"("model":")")),
      .stream = body.find(R"("stream":true)") != std::string_view::npos,
      .wants_usage = body.find(R"("include_usage":true)") != std::string_view::npos};
  in.erase(0, size);
  return request;
}

std::string_view completion() {
  static const std::string answer = [] {
    const std::string body = fmt::format(
        R"({{"id":"c","object":"chat.completion","created":1700000000,"model":"bench",)"
        R"("choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},)"
        R"("finish_reason":"stop"}}],"usage":{{"prompt_tokens":10,"completion_tokens":20,)"
        R"("total_tokens":30}}}})",
        std::string(150, 'y'));
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        body.size(), body);
  }();
  return answer;
}

MockStream::MockStream(const MockRequest& request)
    : shape_(request.shape), id_(request.id), wants_usage_(request.wants_usage) {
  const size_t fixed = kBeforeContent.size() + kStamp + kAfterContent.size();
  const size_t filling = std::max(shape_.frame_bytes, fixed) - fixed;
  frame_ = chunk(fmt::format("{}{}{}{}", kBeforeContent, std::string(kStamp, ' '),
                             std::string(filling, 'y'), kAfterContent));
  stamp_at_ = frame_.find(kBeforeContent) + kBeforeContent.size();
}

void MockStream::append_frame(std::string& out, int64_t now_ns) {
  fmt::format_to(&frame_[stamp_at_], "{:08} {:019} ", sent_, now_ns);
  ++sent_;
  out += frame_;
}

void MockStream::append_end(std::string& out) const {
  if (wants_usage_) {
    out += chunk(
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
        "\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
        "\"completion_tokens\":20,\"total_tokens\":30}}\n\n");
  }
  out += chunk("data: [DONE]\n\n");
  out += "0\r\n\r\n";
}

}  // namespace bench
