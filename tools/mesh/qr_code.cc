#include "tools/mesh/qr_code.h"

#include <png.h>
#include <qrencode.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace mesh::tool {
namespace {

// Light modules around a code: the standard asks for four.
constexpr int kQuietZone = 4;
constexpr int kPixelsPerModule = 8;

// A code with its quiet zone.
class Modules {
 public:
  explicit Modules(const QRcode& code) : code_(code) {}

  int width() const { return code_.width + 2 * kQuietZone; }
  bool dark(int x, int y) const {
    const int column = x - kQuietZone, row = y - kQuietZone;
    const bool inside = column >= 0 && row >= 0 && column < code_.width && row < code_.width;
    return inside && (code_.data[row * code_.width + column] & 1) != 0;
  }

 private:
  const QRcode& code_;
};

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using CodePtr = std::unique_ptr<QRcode, FreeCode>;

Result<CodePtr> Encode(std::string_view text) {
  CodePtr code(QRcode_encodeData(static_cast<int>(text.size()),
                                 reinterpret_cast<const unsigned char*>(text.data()), 0,
                                 QR_ECLEVEL_M));
  if (code == nullptr) return InvalidArgument("the text is too long for a QR code");
  return code;
}

}  // namespace

Result<std::string> QrText(std::string_view text) {
  MESH_ASSIGN(const CodePtr code, Encode(text));
  const Modules modules(*code);
  constexpr std::string_view kBlocks[2][2] = {{"█", "▀"}, {"▄", " "}};  // By upper, lower: dark.
  std::string out;
  for (int y = 0; y < modules.width(); y += 2) {
    for (int x = 0; x < modules.width(); ++x) {
      const bool below = y + 1 >= modules.width() || modules.dark(x, y + 1);
      out += kBlocks[modules.dark(x, y) ? 1 : 0][below ? 1 : 0];
    }
    out += '\n';
  }
  return out;
}

Status WriteQrPng(std::string_view text, const std::string& file) {
  MESH_ASSIGN(const CodePtr code, Encode(text));
  const Modules modules(*code);
  const int side = modules.width() * kPixelsPerModule;
  std::vector<uint8_t> pixels;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      pixels.push_back(modules.dark(x / kPixelsPerModule, y / kPixelsPerModule) ? 0 : 255);
    }
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  if (png_image_write_to_file(&image, file.c_str(), 0, pixels.data(), 0, nullptr) != 0) return {};
  return Status(Code::kUnavailable, file + ": cannot be written: " + image.message);
}

}  // namespace mesh::tool
