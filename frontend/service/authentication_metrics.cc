#include "frontend/service/authentication_metrics.h"

#include <string>

namespace mesh::frontend {
namespace {

// In the order of Distrust.
constexpr std::array<std::string_view, kDistrusts> kReasons = {
    "envelope", "mode",       "size",          "host_key", "handshake",  "key",
    "profile",  "connection", "domain",        "ticket",   "ticket_key", "ticket_expired",
    "seal",     "time",       "administrator", "null"};

}  // namespace

std::string_view DistrustName(Distrust why) { return kReasons[static_cast<size_t>(why)]; }

AuthenticationMetrics::AuthenticationMetrics(Registry& registry) {
  for (size_t i = 0; i < kModes; ++i) {
    const std::string mode(binding::ModeName(static_cast<binding::Mode>(i)));
    const auto counter = [&](const char* result) {
      return &registry.GetCounter("mesh_authentication_total", "Requests by how they authenticate",
                                  {{"mode", mode}, {"result", result}});
    };
    accepted_[i] = counter("accepted");
    refused_[i] = counter("refused");
  }
  for (size_t i = 0; i < kDistrusts; ++i) {
    reasons_[i] =
        &registry.GetCounter("mesh_authentication_refused_total", "Callers that were not believed",
                             {{"reason", std::string(kReasons[i])}});
  }
}

void AuthenticationMetrics::Count(binding::Mode mode, std::optional<Distrust> why) {
  (why ? refused_ : accepted_)[static_cast<size_t>(mode)]->Add();
  if (why) reasons_[static_cast<size_t>(*why)]->Add();
}

}  // namespace mesh::frontend
