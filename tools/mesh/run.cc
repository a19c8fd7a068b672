#include "tools/mesh/run.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "common/process/options.h"
#include "tools/mesh/commands.h"
#include "tools/mesh/context.h"
#include "tools/mesh/exit_code.h"
#include "tools/output/output.h"

namespace mesh::tool {
namespace {

std::string DefaultHome() {
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.mesh" : "";
}

void AddSharedOptions(CLI::App& app, Options* options) {
  options->home = DefaultHome();
  app.add_option("--home", options->home, "Folder of this device")
      ->envname("MESH_HOME")
      ->capture_default_str();
  app.add_option("-a,--account", options->account, "Account, if this device is in several")
      ->envname("MESH_ACCOUNT");
  app.add_option("--service", options->service.url,
                 "Where the service is; default: where the DNS of its DOMAIN says; remembered per "
                 "account")
      ->envname("MESH_SERVICE")
      ->type_name("https://HOST[:PORT]");
  app.add_option("--connect", options->service.connect,
                 "Connect there, whatever DNS says; remembered per account")
      ->envname("MESH_CONNECT")
      ->type_name("HOST:PORT");
  app.add_option("--dns-server", options->name_servers,
                 "Ask this name server where the service is; default: this machine's")
      ->envname("MESH_DNS_SERVER")
      ->type_name("ADDRESS:PORT");
  app.add_option("--ca-file", options->service.ca_file,
                 "Certificates to trust (PEM) instead of the machine's; remembered per account")
      ->envname("MESH_CA_FILE");
  app.add_option("--service-udf", options->service_udf,
                 "What the service is called (its ProfileService), as its operator says; default: "
                 "as it was at first use");
  app.add_option_function<std::string>(
         "--encoding",
         [options](const std::string& name) {
           options->encoding =
               name == "json" ? binding::Encoding::kJson : binding::Encoding::kJsonB;
         },
         "Of requests and replies")
      ->check(CLI::IsMember({"json", "json-b"}))
      ->envname("MESH_ENCODING")
      ->default_str("json");
  app.add_flag("--reference-compatibility", options->reference,
               "Send bare requests that prove nothing; for tests of a service that takes them");
  app.add_option("--timeout", options->timeout_seconds, "Seconds to wait for one answer")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--attempts", options->attempts, "How often to try what can be tried again")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--json", options->json, "For programs: one line with one JSON object");
  app.add_flag("-v,--verbose", options->verbose, "Say what goes over the wire");
}

void AddCommands(CLI::App& app, Run* chosen) {
  app.require_subcommand(1);
  AddHello(app, chosen);
  AddAccountCommands(app, chosen);
  AddDeviceCommands(app, chosen);
  AddConnectCommands(app, chosen);
  AddPublishCommands(app, chosen);
  AddMessageCommands(app, chosen);
  AddContactCommands(app, chosen);
  AddGroupCommands(app, chosen);
  AddStatus(app, chosen);
  AddUpload(app, chosen);
  AddDownload(app, chosen);
  AddShow(app, chosen);
}

// Help and version end well; anything else is a wrong command line.
int ParseFailed(const CLI::App& app, const CLI::ParseError& error, const Options& options,
                Output& out, std::ostream& out_stream, std::ostream& err_stream) {
  if (error.get_exit_code() == 0) {
    app.exit(error, out_stream, err_stream);
    return kDone;
  }
  out.set_json(options.json);
  const std::vector<std::string> unknown = app.remaining(true);
  const std::string what = app.get_subcommands().empty() && !unknown.empty()
                               ? "there is no command or option " + unknown[0]
                               : error.what();
  const std::string next = "; `mesh --help` and `mesh COMMAND --help` say what there is";
  return out.Finish(InvalidArgument(what + next), kUsage);
}

}  // namespace

int RunMesh(int argc, const char* const* argv, std::ostream& out_stream, std::ostream& err_stream,
            bool terminal) {
  CLI::App app("mesh: a device of the Mathematical Mesh, on the command line.", "mesh");
  Options options;
  Run chosen;
  AddSharedOptions(app, &options);
  AddCommands(app, &chosen);
  app.fallthrough();
  app.footer(kExitCodeHelp);
  Output out("mesh", out_stream, err_stream, terminal);
  const Status values = CheckValues(argc, argv);
  if (!values.ok()) return out.Finish(values, kUsage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // CLI11 reports by exception; it ends here.
    return ParseFailed(app, error, options, out, out_stream, err_stream);
  }
  out.set_json(options.json);
  out.set_verbose(options.verbose);
  const Status servers = discovery::CheckNameServers(options.name_servers);
  if (!servers.ok()) return out.Finish(servers, kUsage);
  Context context(options, out);
  const Status status = context.Finish(chosen(context));
  return out.Finish(status, ExitCodeOf(status, context.refused()));
}

}  // namespace mesh::tool
