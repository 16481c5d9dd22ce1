#include "http/writer.h"

#include "base/check.h"
#include "http/fields.h"

#include <charconv>

namespace srasta::http {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

HeadWriter HeadWriter::response(int status) {
  HeadWriter writer;
  writer.text_.reserve(512);
  writer.text_ += "HTTP/1.1 ";
  writer.text_ += std::to_string(status);
  writer.text_ += ' ';
  writer.text_ += reason_phrase(status);
  writer.text_ += "\r\n";
  return writer;
}

HeadWriter HeadWriter::request(std::string_view method, std::string_view target) {
  HeadWriter writer;
  writer.text_.reserve(512);
  writer.text_.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  return writer;
}

HeadWriter& HeadWriter::field(std::string_view name, std::string_view value) {
  SRASTA_CHECK(is_field_value(value), "only parsed or own values are written into a head");
  text_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

HeadWriter& HeadWriter::field(std::string_view name, uint64_t value) {
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return field(name, std::string_view(digits, static_cast<size_t>(end - digits)));
}

std::string HeadWriter::finish() {
  text_ += "\r\n";
  return std::move(text_);
}

}  // namespace srasta::http
