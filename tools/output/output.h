// What a command says: aligned lines for people, or with --json one line that holds
// one JSON object for programs. Progress goes to standard error, and only to a terminal.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/encoding/json_writer.h"

namespace mesh::tool {

// For one thread; the streams outlive it.
class Output {
 public:
  // `program` stands before what goes to standard error. `terminal`: that is one.
  Output(std::string program, std::ostream& out, std::ostream& err, bool terminal);

  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }
  void set_verbose(bool verbose) { verbose_ = verbose; }
  bool verbose() const { return verbose_; }

  // For people: a line, a name with its value, and a table whose columns are as wide
  // as their widest cell. Nothing with --json.
  void Line(std::string_view text);
  void Field(std::string_view name, std::string_view value);
  void Table(const std::vector<std::vector<std::string>>& rows);
  // On standard error: something to know, and with --verbose what goes on.
  void Note(std::string_view text);
  void Trace(std::string_view text);

  // For programs: the object that Finish prints; add members to it.
  json::Writer& members() { return writer_; }

  // For programs, with --json: one JSON object on a line of its own, before that one, for what
  // comes while a command goes on. Flush makes what was said be seen.
  void Event(std::string_view object);
  void Flush();

  // Draws a bar on the terminal while something long goes on.
  std::function<void(uint64_t done, uint64_t total)> Progress(std::string what);

  // Ends the output and returns the exit code. With --json prints the object, with
  // members "ok", "exit" and, after a failure, "error".
  int Finish(const Status& status, int code);

 private:
  void ClearBar();

  const std::string program_;
  std::ostream& out_;
  std::ostream& err_;
  const bool terminal_;
  bool json_ = false;
  bool verbose_ = false;
  bool bar_drawn_ = false;
  std::chrono::steady_clock::time_point bar_time_{};
  std::string object_;
  json::Writer writer_{object_};
};

// The first octets of a digest in hexadecimal, enough to compare by eye.
std::string ShortHex(std::string_view digest);
// "1 frame", "2 frames".
std::string Count(uint64_t number, std::string_view noun);

}  // namespace mesh::tool
