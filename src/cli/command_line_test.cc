#include "cli/command_line.h"

#include "cli/exit_code.h"

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

using Arguments = std::vector<std::string>;

std::string check_digits(const std::string& value) {
  return value.find_first_not_of("0123456789") == std::string::npos ? "" : "give digits";
}

/// A program with one noun and two verbs.
class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    const Command noun = line_.root().add_subcommand("noun", "A noun");
    noun.require_subcommand();
    noun.accept_options_anywhere();
    noun.add_option("--data", data_, "folder", {.show_default = true});

    const Command verb = noun.add_subcommand("verb", "A verb");
    verb.set_footer("Example: noun verb");
    verb.add_option("FILE", file_, "what it works on", {.required = true});
    verb.add_option("--count", count_, "how many");
    verb.add_option("--tenant", tenant_, "whose", {.check = check_digits});
    verb.add_option("--actor", actor_, "who", {.needs = "--tenant"});
    verb.add_option("--list", list_, "takes all that follow");
    verb.add_option("--each", each_, "takes one", {.one_value_each = true});
    verb.add_flag("--json", json_, "as JSON");
    verb.add_flag("--text", [this] { json_ = false; }, "as text", {.excludes = {"--json"}});
    verb.set_action([this] {
      ++runs_;
      return 7;
    });
    noun.add_subcommand("other", "Another verb").set_action([] { return 3; });
  }

  /// What is wrong with `noun verb <arguments>`; nothing may have run then.
  std::string refusal(Arguments arguments) {
    arguments.insert(arguments.begin(), {"noun", "verb"});
    const auto parsed = line_.parse(std::move(arguments));
    EXPECT_FALSE(parsed.ok());
    EXPECT_EQ(runs_, 0);
    if (parsed) return "";
    EXPECT_EQ(parsed.error().code, base::Code::Invalid);
    return parsed.error().message;
  }

  CommandLine line_{"program", "What it is for"};
  std::string data_ = "here";
  std::string file_;
  uint64_t count_ = 1;
  std::optional<std::string> tenant_;
  std::optional<std::string> actor_;
  Arguments list_ = {"default"};
  Arguments each_;
  bool json_ = false;
  int runs_ = 0;
};

TEST_F(CommandLineTest, WritesValuesBeforeItRunsTheActionWhoseResultIsTheExitCode) {
  EXPECT_EQ(line_.run({"noun", "verb", "--count", "3", "--tenant=12", "--actor", "a", "--json",
                       "--list", "x", "y", "--each", "z", "file", "--data", "there"}),
            7);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(file_, "file");
  EXPECT_EQ(count_, 3u);
  EXPECT_EQ(tenant_, "12");
  EXPECT_EQ(actor_, "a");
  EXPECT_EQ(list_, (Arguments{"x", "y"}));
  EXPECT_EQ(each_, Arguments{"z"});
  EXPECT_TRUE(json_);
  EXPECT_EQ(data_, "there") << "an option of the noun behind its verb";
}

TEST_F(CommandLineTest, LeavesAloneWhatIsNotGiven) {
  EXPECT_EQ(line_.run({"noun", "verb", "file"}), 7);
  EXPECT_EQ(data_, "here");
  EXPECT_EQ(count_, 1u);
  EXPECT_EQ(tenant_, std::nullopt);
  EXPECT_EQ(list_, Arguments{"default"});
  EXPECT_FALSE(json_);
}

TEST_F(CommandLineTest, RefusesWhatDoesNotFitAndRunsNothing) {
  EXPECT_EQ(refusal({}), "FILE is required");
  EXPECT_NE(refusal({"file", "--bogus"}).find("--bogus"), std::string::npos);
  EXPECT_NE(refusal({"file", "more"}).find("more"), std::string::npos);
  EXPECT_NE(refusal({"file", "--data"}).find("--data"), std::string::npos);
  EXPECT_NE(refusal({"file", "--count", "many"}).find("--count"), std::string::npos);
  EXPECT_EQ(refusal({"file", "--tenant", "acme"}), "--tenant: give digits");
  EXPECT_EQ(refusal({"file", "--actor", "a"}), "--actor requires --tenant");
  EXPECT_EQ(refusal({"file", "--text", "--json"}), "--json excludes --text");
}

TEST_F(CommandLineTest, PrintsWhatIsWrongWithItsExitCode) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(line_.run({"noun"}), kUsage);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "A subcommand is required\nRun with --help for more information.\n");
}

TEST(CommandLineExit, IsTheUsageCodeOfTheInnermostCommandThatHasOne) {
  CommandLine line("program", "");
  const Command noun = line.root().add_subcommand("noun", "");
  noun.set_usage_code(4);
  (void)noun.add_subcommand("verb", "");
  (void)line.root().add_subcommand("other", "");
  ::testing::internal::CaptureStderr();

  EXPECT_EQ(line.run({"noun", "verb", "--bogus"}), 4);
  EXPECT_EQ(line.run({"noun", "bogus"}), 4);
  EXPECT_EQ(line.run({"other", "--bogus"}), kUsage);
  EXPECT_EQ(line.run({"bogus"}), kUsage);

  (void)::testing::internal::GetCapturedStderr();
}

TEST_F(CommandLineTest, ShowsHelpInPlaceOfRunning) {
  ::testing::internal::CaptureStdout();
  const auto parsed = line_.parse({"noun", "verb", "--help"});
  const std::string help = ::testing::internal::GetCapturedStdout();

  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(*parsed, CommandLine::Parsed::HelpShown);
  EXPECT_EQ(runs_, 0);
  EXPECT_TRUE(help.starts_with("A verb\nUsage: program noun verb [OPTIONS] FILE")) << help;
  EXPECT_TRUE(help.ends_with("Example: noun verb\n")) << help;
}

TEST_F(CommandLineTest, ShowsHelpWhereNoCommandIsNamed) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(line_.run({}), kOk);
  EXPECT_TRUE(::testing::internal::GetCapturedStdout().starts_with("What it is for\n"));
}

TEST_F(CommandLineTest, KeepsWhatItsOptionsWriteToAsLongAsTheCommandLine) {
  const auto told = std::make_shared<std::string>();
  {
    CommandLine line("program", "");
    std::shared_ptr<std::string>& kept = line.root().keep(std::shared_ptr(told));
    line.root().add_option("--word", *kept, "any");
    ASSERT_TRUE(line.parse({"--word", "yes"}).ok());
    EXPECT_EQ(told.use_count(), 2);
  }
  EXPECT_EQ(*told, "yes");
  EXPECT_EQ(told.use_count(), 1);
}

TEST_F(CommandLineTest, RefusesADescriptionThatContradictsItself) {
  CommandLine line("program", "");
  std::string word;
  line.root().add_option("--word", word, "any");
  EXPECT_THROW(line.root().add_option("--word", word, "again"), std::exception);
  EXPECT_THROW(line.root().add_option("--more", word, "more", {.needs = "--none"}), std::exception);
}

}  // namespace
}  // namespace srasta::cli
