#include "cli/exit_code.h"
#include "cli/hardware.h"
#include "cli/models_verbs.h"
#include "json/writer.h"

#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::cli {
namespace {

using inference::Advice;
using inference::Gpu;
using inference::GpuVendor;
using inference::Hardware;

std::string_view name_of(GpuVendor vendor) {
  switch (vendor) {
    case GpuVendor::Nvidia:
      return "nvidia";
    case GpuVendor::Amd:
      return "amd";
    case GpuVendor::Intel:
      return "intel";
  }
  return "";
}

std::string gib(uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1ULL << 30));
}

std::vector<std::string> features_of(const Hardware& hardware) {
  std::vector<std::string> features;
  if (hardware.avx2) features.emplace_back("avx2");
  if (hardware.avx512) features.emplace_back("avx512");
  if (hardware.amx) features.emplace_back("amx");
  if (hardware.neon) features.emplace_back("neon");
  return features;
}

void write_hardware(json::Writer& writer, const Hardware& hardware) {
  writer.key("hardware").begin_object();
  writer.member("memory", static_cast<int64_t>(hardware.memory));
  writer.member("cores", int64_t{hardware.cores}).member("features", features_of(hardware));
  writer.key("gpus").begin_array();
  for (const Gpu& gpu : hardware.gpus) {
    writer.begin_object().member("vendor", name_of(gpu.vendor));
    writer.member("name", std::string_view(gpu.name)).key("memory");
    gpu.memory ? writer.integer(static_cast<int64_t>(*gpu.memory)) : writer.null();
    writer.end_object();
  }
  writer.end_array().end_object();
}

void write_advice(json::Writer& writer, const Advice& advice) {
  writer.key("advice").begin_object().member("engine", std::string_view(advice.engine));
  writer.member("model", std::string_view(advice.model));
  writer.member("weights_form", std::string_view(advice.weights_form));
  writer.member("weights", static_cast<int64_t>(advice.weights));
  writer.member("cache", static_cast<int64_t>(advice.cache));
  writer.member("overhead", static_cast<int64_t>(advice.overhead));
  writer.member("room", static_cast<int64_t>(advice.room));
  writer.member("context", int64_t{advice.context});
  writer.member("sequences", int64_t{advice.sequences});
  writer.member("bottleneck", std::string_view(advice.bottleneck));
  writer.member("reasons", advice.reasons);
  writer.member("snippet", std::string_view(advice.snippet)).end_object();
}

void print_json(const Hardware& hardware, const Advice& advice) {
  json::Writer writer;
  writer.begin_object();
  write_hardware(writer, hardware);
  write_advice(writer, advice);
  writer.end_object();
  fmt::print("{}\n", writer.text());
}

void print_text(const Hardware& hardware, const Advice& advice) {
  fmt::print("memory  {}\ncpu     {} cores {}\n", gib(hardware.memory), hardware.cores,
             fmt::join(features_of(hardware), " "));
  for (const Gpu& gpu : hardware.gpus) {
    fmt::print("gpu     {} {} {}\n", name_of(gpu.vendor), gpu.name,
               gpu.memory ? gib(*gpu.memory) : "memory unknown");
  }
  if (advice.engine.empty()) {
    fmt::print("\nno model fits\n");
  } else {
    fmt::print("\n{}, a model of {} in {}\n", advice.engine, advice.model, advice.weights_form);
    fmt::print("limited by {}\n", advice.bottleneck);
  }
  for (const std::string& reason : advice.reasons) fmt::print("- {}\n", reason);
  if (!advice.snippet.empty()) {
    fmt::print("\n# an estimate from sizes, not measured; MODEL is yours to choose\n{}",
               advice.snippet);
  }
}

}  // namespace

void add_models_hardware(Command models) {
  struct Options {
    bool json = false;
  };
  Options& options = models.keep(Options());
  const Command hardware = models.add_subcommand(
      "hardware", "What this host has, which engine and size of model fits, and why");
  hardware.set_footer("Exit code 1: no model fits. docs/engines.md has the arithmetic.");
  hardware.add_flag("--json", options.json, "for programs");
  hardware.set_action([&options] {
    const Hardware found = read_hardware("");
    const Advice advice = inference::advise(found);
    options.json ? print_json(found, advice) : print_text(found, advice);
    return advice.engine.empty() ? kNegative : kOk;
  });
}

}  // namespace srasta::cli
