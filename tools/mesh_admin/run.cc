#include "tools/mesh_admin/run.h"

#include <ostream>
#include <string>
#include <vector>

#include "common/process/options.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/context.h"
#include "tools/mesh_admin/exit_code.h"

namespace mesh::admin {
namespace {

void AddSharedOptions(CLI::App& app, Options* options) {
  app.add_option("--map", options->map_file,
                 "The partition map that the back ends read, where it is in a file");
  cluster::AddClusterOptions(app, options->cluster);
  app.add_option("--backend-tls-ca", options->tls.authorities,
                 "Who signs back ends' certificates, PEM; with it the hop uses mutual TLS");
  app.add_option("--backend-tls-cert", options->tls.certificate,
                 "Certificate that back ends see, PEM: one of a front end's kind");
  app.add_option("--backend-tls-key", options->tls.private_key, "Its private key, PEM");
  app.add_option("--backend-tls-name", options->tls.server_name,
                 "The name in back ends' certificates (default: their address in the map)");
  app.add_option("--timeout", options->timeout_seconds, "Seconds to wait for one answer")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  app.add_flag("--json", options->json, "For programs: one line with one JSON object");
  AddCommonOptions(app, options->config_file);
}

void AddCommands(CLI::App& app, Run* chosen) {
  app.require_subcommand(1);
  AddDns(app, chosen);
  AddHot(app, chosen);
  AddIncidents(app, chosen);
  AddMap(app, chosen);
  AddMove(app, chosen);
  AddMoves(app, chosen);
  AddNodes(app, chosen);
  AddPlacement(app, chosen);
  AddRoute(app, chosen);
  AddUnpin(app, chosen);
}

// Help and version end well; anything else is a wrong command line.
int ParseFailed(const CLI::App& app, const CLI::ParseError& error, const Options& options,
                tool::Output& out, std::ostream& out_stream, std::ostream& err_stream) {
  if (error.get_exit_code() == 0) {
    app.exit(error, out_stream, err_stream);
    return kDone;
  }
  out.set_json(options.json);
  const std::vector<std::string> unknown = app.remaining(true);
  const std::string what = app.get_subcommands().empty() && !unknown.empty()
                               ? "there is no command or option " + unknown[0]
                               : ParseTrouble(app, error);
  const std::string next =
      "; `mesh-admin --help` and `mesh-admin COMMAND --help` say what there is";
  return out.Finish(InvalidArgument(what + next), kUsage);
}

}  // namespace

CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& what,
                     const std::string& examples) {
  CLI::App* const command = parent.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  command->fallthrough();
  return command;
}

int RunMeshAdmin(int argc, const char* const* argv, std::ostream& out_stream,
                 std::ostream& err_stream) {
  CLI::App app("mesh-admin: what the operator of a Mesh Service asks its back ends.", "mesh-admin");
  Options options;
  Run chosen;
  AddSharedOptions(app, &options);
  AddCommands(app, &chosen);
  app.fallthrough();
  app.footer(
      "Every option above can also be given as an environment variable (--map as MESH_MAP)\n"
      "or as a line of the --config file.\n\n" +
      std::string(kExitCodeHelp));
  tool::Output out("mesh-admin", out_stream, err_stream, false);
  const Status values = CheckValues(argc, argv);
  if (!values.ok()) return out.Finish(values, kUsage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // CLI11 reports by exception; it ends here.
    return ParseFailed(app, error, options, out, out_stream, err_stream);
  }
  out.set_json(options.json);
  const SystemClock clock;
  Context context(options, clock, out);
  const Status status = chosen(context);
  context.Finish();
  return out.Finish(status, ExitCodeOf(status, context.partial()));
}

}  // namespace mesh::admin
