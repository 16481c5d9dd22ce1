#include "gateway/generation_metrics.h"

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

std::string page_of(std::initializer_list<const GenerationMetrics*> cores) {
  const std::vector<const GenerationMetrics*> all(cores);
  base::MetricsPage page;
  add_generation_metrics(page, all);
  return page.text();
}

bool has_line(const std::string& page, const std::string& line) {
  return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

TEST(GenerationMetrics, AddsUpWhatCoresCounted) {
  GenerationMetrics one;
  GenerationMetrics other;
  one.at("general", "up1").outcomes[0].add(2);
  other.at("general", "up1").outcomes[0].add(3);
  other.at("general", "up1").output_tokens.add(7);
  other.at("-", "up1").outcomes[2].add();
  const std::string page = page_of({&one, &other});
  EXPECT_TRUE(has_line(
      page, R"(srasta_generations_total{alias="general",upstream="up1",outcome="complete"} 5)"));
  EXPECT_TRUE(
      has_line(page, R"(srasta_generations_total{alias="-",upstream="up1",outcome="error"} 1)"));
  EXPECT_TRUE(has_line(
      page, R"(srasta_tokens_total{alias="general",upstream="up1",direction="output"} 7)"));
}

TEST(GenerationMetrics, NamesErrorsByTheirReason) {
  GenerationMetrics metrics;
  metrics.at("fast", "up2").count_error(*audit::find_reason("connect"));
  metrics.at("fast", "up2").count_error(*audit::find_reason("connect"));
  metrics.at("fast", "up2").count_error(audit::Reason::None);
  const std::string page = page_of({&metrics});
  EXPECT_TRUE(has_line(
      page, R"(srasta_upstream_errors_total{alias="fast",upstream="up2",reason="connect"} 2)"));
  EXPECT_TRUE(
      has_line(page, R"(srasta_upstream_errors_total{alias="fast",upstream="up2",reason="-"} 1)"));
}

TEST(GenerationMetrics, KeepsWhatItGaveWhileItGrows) {
  GenerationMetrics metrics;
  GenerationMetrics::Cell& first = metrics.at("a", "u");
  for (int i = 0; i < 100; ++i) (void)metrics.at("a" + std::to_string(i), "u");
  EXPECT_EQ(&metrics.at("a", "u"), &first);
}

TEST(GenerationMetrics, SharesOneCellPastItsBound) {
  GenerationMetrics metrics;
  for (size_t i = 0; i < GenerationMetrics::kMostCells; ++i) {
    (void)metrics.at("a" + std::to_string(i), "u");
  }
  EXPECT_EQ(&metrics.at("one more", "u"), &metrics.at("another", "u"));
  EXPECT_NE(&metrics.at("one more", "u"), &metrics.at("a1", "u"));
}

TEST(StreamPace, TellsTheFirstEventFromTheGapsBehindIt) {
  GenerationMetrics metrics;
  GenerationMetrics::Cell& cell = metrics.at("general", "up1");
  const base::MonoTime began{base::Seconds(100)};
  StreamPace pace(began, cell);
  EXPECT_FALSE(pace.first());
  pace.arrived(began + base::Millis(40));
  pace.arrived(began + base::Millis(42));
  pace.arrived(began + base::Millis(342));
  EXPECT_EQ(pace.first(), base::Micros(base::Millis(40)));
  EXPECT_EQ(cell.first_event.sum_micros(), 40'000U);
  EXPECT_EQ(cell.gaps.sum_micros(), 302'000U);
  const std::string page = page_of({&metrics});
  const std::string labels = R"({alias="general",upstream="up1")";
  EXPECT_TRUE(has_line(page, "srasta_time_to_first_token_seconds_count" + labels + "} 1"));
  EXPECT_TRUE(
      has_line(page, "srasta_inter_token_gap_seconds_bucket" + labels + R"(,le="0.0025"} 1)"));
  EXPECT_TRUE(
      has_line(page, "srasta_inter_token_gap_seconds_bucket" + labels + R"(,le="+Inf"} 2)"));
}

}  // namespace
}  // namespace srasta::gateway
