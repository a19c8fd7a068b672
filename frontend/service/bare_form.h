// The bare form: the body is `{"<Transaction>": {...}}` in JSON. It proves nothing about the
// caller (docs/AUTHENTICATION.md, "Reference compatibility").

#pragma once

#include <memory>

#include "frontend/service/authentication_metrics.h"
#include "frontend/service/request_form.h"
#include "frontend/service/service_options.h"

namespace mesh::frontend {

// `metrics` outlives the form.
std::unique_ptr<RequestForm> MakeBareForm(const ServiceOptions& options,
                                          AuthenticationMetrics& metrics);

}  // namespace mesh::frontend
