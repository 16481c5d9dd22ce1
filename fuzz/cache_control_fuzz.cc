// Question: does an answer stay fresh for the same time however its directives are spread over
// fields and ordered, and never longer than the least of them says? Input: one value a line.
#include "identity/cache_control.h"
#include "input.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::base::Seconds;
  using srasta::fuzz::require;
  using srasta::identity::parse_max_age;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  std::vector<std::string_view> values = srasta::fuzz::split(text, '\n');
  const auto age = parse_max_age(values);
  require(!age || (*age >= Seconds(0) && *age <= Seconds(int64_t{10} * 366 * 24 * 3600)));

  std::string joined(text);
  std::ranges::replace(joined, '\n', ',');
  const std::string_view one = joined;
  require(parse_max_age({&one, 1}) == age);
  std::ranges::reverse(values);
  require(parse_max_age(values) == age);

  values.emplace_back("max-age=60");
  require(parse_max_age(values) == (age ? std::min(*age, Seconds(60)) : Seconds(60)));
  values.emplace_back("No-Store");
  require(parse_max_age(values) == Seconds(0));
  return 0;
}
