#include "tools/output/output.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "common/base/bytes.h"

namespace mesh::tool {
namespace {

constexpr size_t kFieldWidth = 18;
constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kBarInterval{100};

std::string Padded(std::string_view text, size_t width) {
  std::string padded(text);
  if (padded.size() < width) padded.append(width - padded.size(), ' ');
  return padded;
}

}  // namespace

Output::Output(std::string program, std::ostream& out, std::ostream& err, bool terminal)
    : program_(std::move(program)), out_(out), err_(err), terminal_(terminal) {
  writer_.BeginObject();
}

void Output::ClearBar() {
  if (bar_drawn_) err_ << "\r\033[K" << std::flush;
  bar_drawn_ = false;
}

void Output::Line(std::string_view text) {
  ClearBar();
  if (!json_) out_ << text << '\n';
}

void Output::Field(std::string_view name, std::string_view value) {
  Line(Padded(name, kFieldWidth) + std::string(value));
}

void Output::Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += Padded(row[i], widths[i] + 3);
    line.erase(line.find_last_not_of(' ') + 1);
    Line(line);
  }
}

void Output::Note(std::string_view text) {
  ClearBar();
  err_ << program_ << ": note: " << text << '\n';
}

void Output::Trace(std::string_view text) {
  if (!verbose_) return;
  ClearBar();
  err_ << text << '\n';
}

void Output::Event(std::string_view object) {
  ClearBar();
  if (json_) out_ << object << '\n';
}

void Output::Flush() { out_.flush(); }

std::function<void(uint64_t, uint64_t)> Output::Progress(std::string what) {
  if (!terminal_ || json_) return {};
  return [this, what = std::move(what)](uint64_t done, uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (total == 0 || (done < total && now - bar_time_ < kBarInterval)) return;
    bar_time_ = now;
    bar_drawn_ = true;
    const auto filled = static_cast<size_t>(static_cast<uint64_t>(kBarWidth) * done / total);
    err_ << '\r' << what << " [" << Padded(std::string(filled, '#'), kBarWidth) << "] " << done
         << '/' << total << std::flush;
  };
}

int Output::Finish(const Status& status, int code) {
  ClearBar();
  if (!json_) {
    if (!status.ok()) err_ << program_ << ": " << status.message() << '\n';
    return code;
  }
  writer_.Member("ok").Bool(status.ok()).Member("exit").Int(code);
  if (!status.ok()) writer_.Member("error").String(status.message());
  writer_.EndObject();
  out_ << object_ << '\n';
  return code;
}

std::string ShortHex(std::string_view digest) { return ToHex(digest.substr(0, 8)); }

std::string Count(uint64_t number, std::string_view noun) {
  const std::string plural = noun == "entry" ? "entries" : std::string(noun) + "s";
  return std::to_string(number) + " " + (number == 1 ? std::string(noun) : plural);
}

}  // namespace mesh::tool
