#include "common/encoding/date_time.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace mesh {
namespace {

constexpr WallMillis kSecond = 1000;
constexpr WallMillis kMinute = 60 * kSecond;
constexpr WallMillis kDay = 24 * 60 * kMinute;

constexpr WallMillis StartOf(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return days.time_since_epoch().count() * kDay;
}
constexpr WallMillis kFirst = StartOf(1, 1, 1);
constexpr WallMillis kLast = StartOf(10000, 1, 1) - kSecond;

// Appends the last `count` digits of `value` and what follows them.
void PutDigits(int64_t value, size_t count, char after, std::string& out) {
  std::array<char, 5> text;
  text[count] = after;
  for (size_t i = count; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out.append(text.data(), count + 1);
}

// Takes the parts of a date-time off the front of a text. Once a part is wrong
// all further ones are.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int Digits(size_t count) {
    int value = 0;
    if (text_.size() < count) return Wrong();
    for (size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return Wrong();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  // Whether the next character is one of `allowed`, which is then consumed.
  bool Next(std::string_view allowed, char* which = nullptr) {
    if (text_.empty() || allowed.find(text_.front()) == std::string_view::npos) return false;
    if (which != nullptr) *which = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  void Expect(std::string_view allowed) {
    if (!Next(allowed)) Wrong();
  }

  // `.` and digits, in milliseconds; none is 0.
  int Fraction() {
    if (!Next(".")) return 0;
    int millis = 0;
    int weight = 100;
    if (text_.empty() || text_[0] < '0' || text_[0] > '9') return Wrong();
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      millis += (text_[0] - '0') * weight;
      weight /= 10;
      text_.remove_prefix(1);
    }
    return millis;
  }

  // Minutes east of UTC.
  int Offset() {
    char sign = '+';
    if (Next("Zz")) return 0;
    if (!Next("+-", &sign)) return Wrong();
    const int hours = Digits(2);
    Expect(":");
    const int minutes = Digits(2);
    if (hours > 23 || minutes > 59) return Wrong();
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }

  bool Finished() const { return good_ && text_.empty(); }

 private:
  int Wrong() {
    good_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool good_ = true;
};

}  // namespace

void AppendDateTime(std::string& out, WallMillis time) {
  using namespace std::chrono;
  const sys_time<milliseconds> instant{milliseconds(std::clamp(time, kFirst, kLast))};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(instant) - day};
  PutDigits(static_cast<int>(date.year()), 4, '-', out);
  PutDigits(static_cast<unsigned>(date.month()), 2, '-', out);
  PutDigits(static_cast<unsigned>(date.day()), 2, 'T', out);
  PutDigits(clock.hours().count(), 2, ':', out);
  PutDigits(clock.minutes().count(), 2, ':', out);
  PutDigits(clock.seconds().count(), 2, 'Z', out);
}

std::string FormatDateTime(WallMillis time) {
  std::string text;
  AppendDateTime(text, time);
  return text;
}

Result<WallMillis> ParseDateTime(std::string_view text) {
  Scanner scan(text);
  const int year = scan.Digits(4);
  scan.Expect("-");
  const int month = scan.Digits(2);
  scan.Expect("-");
  const int day = scan.Digits(2);
  scan.Expect("Tt ");
  const int hour = scan.Digits(2);
  scan.Expect(":");
  const int minute = scan.Digits(2);
  scan.Expect(":");
  const int second = scan.Digits(2);
  const int millis = scan.Fraction();
  const int offset = scan.Offset();

  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scan.Finished() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return InvalidArgument("not a time: expected RFC 3339, as in 2026-01-31T23:59:59Z");
  }
  return StartOf(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) +
         (hour * 60 + minute - offset) * kMinute + second * kSecond + millis;
}

}  // namespace mesh
