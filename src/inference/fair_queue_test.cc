#include "inference/fair_queue.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

constexpr size_t kMost = 1000;

std::vector<FairQueue::Ticket> all_of(FairQueue& queue) {
  std::vector<FairQueue::Ticket> order;
  while (const auto next = queue.pop()) order.push_back(*next);
  return order;
}

TEST(FairQueue, ServesOneTenantInOrder) {
  FairQueue queue;
  for (FairQueue::Ticket i = 1; i <= 3; ++i) EXPECT_TRUE(queue.push("a", 10 * i, i, kMost).taken);
  EXPECT_EQ(all_of(queue), (std::vector<FairQueue::Ticket>{1, 2, 3}));
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(FairQueue, LetsATenantWithOneRequestPassOneWithMany) {
  FairQueue queue;
  for (FairQueue::Ticket i = 0; i < 100; ++i) (void)queue.push("many", 10, i, kMost);
  (void)queue.pop();
  (void)queue.pop();
  (void)queue.push("one", 10, 500, kMost);
  const auto order = all_of(queue);
  EXPECT_LE(std::ranges::find(order, 500U) - order.begin(), 1);
}

TEST(FairQueue, SharesByWorkAndNotByRequests) {
  FairQueue queue;
  for (FairQueue::Ticket i = 0; i < 10; ++i) (void)queue.push("long", 1000, i, kMost);
  for (FairQueue::Ticket i = 100; i < 200; ++i) (void)queue.push("short", 100, i, kMost);
  int long_ones = 0;
  for (int i = 0; i < 22; ++i) long_ones += *queue.pop() < 100 ? 1 : 0;
  EXPECT_EQ(long_ones, 2);
}

TEST(FairQueue, GivesNobodyCreditForHavingBeenAway) {
  FairQueue queue;
  (void)queue.push("away", 10, 1, kMost);
  for (FairQueue::Ticket i = 100; i < 150; ++i) (void)queue.push("busy", 10, i, kMost);
  for (int i = 0; i < 31; ++i) (void)queue.pop();
  for (FairQueue::Ticket i = 2; i < 12; ++i) (void)queue.push("away", 10, i, kMost);
  int busy = 0;
  for (int i = 0; i < 10; ++i) busy += *queue.pop() >= 100 ? 1 : 0;
  EXPECT_GE(busy, 4);
}

TEST(FairQueue, TakesThePlaceOfWhoeverHasMost) {
  FairQueue queue;
  for (FairQueue::Ticket i = 0; i < 4; ++i) (void)queue.push("many", 1, i, 4);
  EXPECT_FALSE(queue.push("many", 1, 9, 4).taken);
  const FairQueue::Pushed pushed = queue.push("one", 1, 10, 4);
  EXPECT_TRUE(pushed.taken);
  EXPECT_EQ(pushed.evicted, 3U);
  EXPECT_EQ(queue.size(), 4U);
}

TEST(FairQueue, HasNoRoomWhereNobodyMayWait) {
  FairQueue queue;
  EXPECT_FALSE(queue.push("one", 1, 1, 0).taken);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(FairQueue, LetsWaitersGiveUp) {
  FairQueue queue;
  (void)queue.push("a", 1, 1, kMost);
  (void)queue.push("a", 1, 2, kMost);
  EXPECT_TRUE(queue.remove("a", 1));
  EXPECT_FALSE(queue.remove("a", 1));
  EXPECT_FALSE(queue.remove("b", 2));
  EXPECT_EQ(all_of(queue), std::vector<FairQueue::Ticket>{2});
}

}  // namespace
}  // namespace srasta::inference
