// Request and Response: what the HTTP layer hands to the service and takes back.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::http {

// One header field as it was received. Values carry no surrounding blanks.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Whether two ASCII strings are equal when letter case is ignored.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// The value of the first field called `name`, whatever its letter case; empty when
// there is none.
std::string_view FindField(std::span<const Field> fields, std::string_view name);

// One whole request: views into the connection's buffer. They stay valid until
// the request has been answered, and not a moment longer.
struct Request {
  std::string_view method;        // A token, letter case as received.
  std::string_view target;        // Begins with '/', or is "*"; still percent-encoded.
  std::string_view host;          // Lower case, without the port. Empty only for HTTP/1.0.
  std::string_view content_type;  // Empty when there is none.
  std::string_view body;          // Without chunk framing.
  std::span<const Field> fields;  // Every header field, in order.
  bool keep_alive = true;         // Whether the client wants to use the connection again.
  std::string_view client;        // Numeric address of the other end; empty: not known.

  // As FindField.
  std::string_view Header(std::string_view name) const { return FindField(fields, name); }
};

// One whole reply. Content-Length, Date and Connection are added when it is written.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  bool close = false;  // Close the connection after this reply.
  // Further fields, such as Allow. Names and values must hold no CR and no LF.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Why a request is not served: the HTTP status to answer, and a sentence that says
// what was wrong and what is allowed. After a refusal the connection is closed.
struct Refusal {
  int status = 400;         // 400, 408, 413, 414, 417, 431, 501, 503 or 505.
  std::string_view reason;  // Static storage.
};

}  // namespace mesh::http
