#include "common/process/options.h"

#include <algorithm>
#include <cctype>
#include <iostream>
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
  *exit_code = kExitUsage;
  const Status values = CheckValues(argc, argv);
  if (!values.ok()) {
    ShowMistake(app, values.message());
    return false;
  }
  try {  // CLI11 reports by exception; none leaves this function.
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (asked) {
      app.exit(error, std::cout, std::cerr);
      *exit_code = kExitOk;
    } else {
      ShowMistake(app, error.what());
    }
    return false;
  }
}

}  // namespace mesh
