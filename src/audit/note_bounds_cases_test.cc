#include "audit/signed_ledger_cases_test.h"

#include <functional>

namespace srasta::audit {
namespace {

const std::string kHead = "/data/audit/gateway/head";
const std::string kCheckpoint = "/data/audit/gateway/checkpoint";

/// A signature line of a key that nobody knows.
std::string line_of(const std::string& name, size_t bytes) {
  return "\u2014 " + name + " " + base::to_base64(std::string(bytes, 's')) + "\n";
}

std::string lines_of(size_t count) {
  std::string lines;
  for (size_t i = 0; i < count; ++i) lines += line_of("w" + std::to_string(i), 68);
  return lines;
}

/// A line that makes a note of `have` bytes one of `size`.
std::string line_up_to(size_t have, size_t size) {
  const size_t fixed = line_of("", 5).size();
  return line_of(std::string(size - have - fixed, 'w'), 5);
}

class BoundCases {
 public:
  /// The checkpoint of a stream with other lines behind its two signatures.
  void signed_also(std::string name, const std::string& lines, bool is_note) {
    add(std::move(name), is_note ? "OK" : "gateway BAD_SIGNATURE 0",
        [&](Contents& files) { files[kCheckpoint] += lines; });
  }
  /// A head whose second line is this one, signed as it should be.
  void sized(std::string name, const std::string& size, std::string expected) {
    add(std::move(name), std::move(expected), [&](Contents& files) {
      const SignedLedger ledger = example_ledger();
      const SignedStream& gateway = ledger.streams.at("gateway");
      std::string text = gateway.text(29);
      text.replace(text.find("\n29\n") + 1, 2, size);
      files[kHead] = signed_note(text, {gateway.epochs[2]});
    });
  }
  /// A checkpoint of somebody else's log, kept elsewhere.
  void anchored(std::string name, const std::string& origin) {
    const std::string text = *tlog::write_checkpoint(origin, 3, {});
    add(std::move(name), origin + " BAD_SIGNATURE 0", [](Contents&) {}).since = {
        signed_note(text, {signer_of(origin, "x")})};
  }
  void trusted(std::string name, const std::string& key) {
    add(std::move(name), "OK", [](Contents&) {}).trust = example_ledger().log_key() + key + "\n";
  }
  std::vector<LedgerCase> take() { return std::move(cases_); }

 private:
  LedgerCase& add(std::string name, std::string expected,
                  const std::function<void(Contents&)>& change) {
    Contents contents = example_ledger().contents();
    change(contents);
    cases_.push_back({std::move(name), std::move(expected), std::move(contents)});
    return cases_.back();
  }

  std::vector<LedgerCase> cases_;
};

}  // namespace

std::vector<LedgerCase> note_bounds_cases() {
  BoundCases list;
  const size_t own = example_ledger()["gateway"].both(29, 2).size();
  list.signed_also("hundred_signatures", lines_of(98), true);
  list.signed_also("hundred_and_one_signatures", lines_of(99), false);
  list.signed_also("note_of_a_million_bytes", line_up_to(own, 1'000'000), true);
  list.signed_also("note_of_a_byte_more", line_up_to(own, 1'000'001), false);
  list.signed_also("signature_of_one_byte", line_of("w", 5), true);
  list.signed_also("signature_of_no_byte", line_of("w", 4), false);
  list.signed_also("unknown_key_of_a_long_name", line_of(std::string(256, 'w'), 68), true);
  list.signed_also("key_without_a_name", line_of("", 68), false);
  list.signed_also("key_name_in_other_letters", line_of("\u00fc\x7f\u2060", 68), true);
  size_t number = 0;
  for (const char* space : {" ", "+", "\t", "\u0085", "\u00a0", "\u1680", "\u2000", "\u200a",
                            "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\xff", "\xc0\xa0"}) {
    const std::string name = std::string("w") + space + "w";
    list.signed_also("key_name_with_space_" + std::to_string(number++), line_of(name, 68), false);
  }
  list.sized("largest_tree", "9223372036854775807", "gateway TRUNCATED 32");
  list.sized("larger_than_the_largest_tree", "9223372036854775808", "gateway BAD_SIGNATURE 0");
  list.sized("larger_than_any_number", "18446744073709551616", "gateway BAD_SIGNATURE 0");
  list.sized("size_with_a_zero_in_front", "029", "gateway BAD_SIGNATURE 0");
  list.sized("size_with_a_sign", "+29", "gateway BAD_SIGNATURE 0");
  list.anchored("origin_as_long_as_may_be", std::string(255, 'o'));
  list.trusted("key_name_as_long_as_may_be",
               signer_of(std::string(255, 'k'), "x")->verifier().to_text());
  return list.take();
}

}  // namespace srasta::audit
