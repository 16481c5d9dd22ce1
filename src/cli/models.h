#pragma once

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta models list|test`: what the running gateway offers, and whether each model answers.
void add_models(CLI::App& root, int& exit_code);

}  // namespace srasta::cli
