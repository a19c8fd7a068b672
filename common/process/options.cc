#include "common/process/options.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "common/process/build_info.h"

namespace mesh {
namespace {

// "data-dir" is MESH_DATA_DIR.
std::string VariableOf(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return "MESH_" + name;
}

void ShowMistake(const CLI::App& app, const std::string& what) {
  std::cerr << app.get_name() << ": " << what << "\nTry " << app.get_name() << " --help\n";
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string Trimmed(std::string text) {
  while (!text.empty() && IsBlank(text.back())) text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), IsBlank));
  return text;
}

// "line 2, 'data-dri=x'": the one that sets what `why` ends with, where `app` has no such option.
std::optional<std::string> UnknownLine(const CLI::App& app, const std::string& file,
                                       const std::string& why) {
  std::ifstream lines(file);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line = Trimmed(line);
    const std::string name = Trimmed(line.substr(0, line.find('=')));
    if (name.empty() || !why.ends_with(name)) continue;
    if (app.get_option_no_throw("--" + name) != nullptr) continue;
    return "line " + std::to_string(number) + ", '" + line + "'";
  }
  return std::nullopt;
}

}  // namespace

void AddCommonOptions(CLI::App& app, std::string& config_file) {
  for (CLI::Option* option : app.get_options()) {
    const std::vector<std::string>& names = option->get_lnames();
    if (names.empty() || names.front() == "help") continue;
    option->envname(VariableOf(names.front()));
  }
  app.set_config("--config", config_file, "Read options from this file (name=value lines)");
  app.allow_config_extras(CLI::config_extras_mode::error);  // A typing error must not be silent.
  app.set_version_flag("--version", std::string(BuildVersion()));
}

Status CheckValues(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") break;
    if (!argument.starts_with("--") || argument.find('=') != argument.size() - 1) continue;
    return InvalidArgument(std::string(argument) +
                           " has no value: write one, or leave the option out");
  }
  return {};
}

bool ParseOptions(CLI::App& app, int argc, char** argv, int* exit_code) {
  const Status values = CheckValues(argc, argv);
  if (!values.ok()) {
    *exit_code = kExitUsage;
    ShowMistake(app, values.message());
    return false;
  }
  try {  // CLI11 reports by exception; none leaves this function.
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    *exit_code = asked ? kExitOk : kExitUsage;
    if (asked) {
      app.exit(error, std::cout, std::cerr);
    } else {
      ShowMistake(app, ParseTrouble(app, error));
    }
    return false;
  }
}

std::string ParseTrouble(const CLI::App& app, const CLI::ParseError& error) {
  const bool of_file = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConfigError);
  if (!of_file || app.get_config_ptr() == nullptr) return error.what();
  const std::string file = app.get_config_ptr()->as<std::string>();
  const std::optional<std::string> line = UnknownLine(app, file, error.what());
  if (!line) return "--config " + file + ": " + error.what();
  return "--config " + file + ": " + *line +
         ": there is no such option; correct its name, or take the line out";
}

}  // namespace mesh
