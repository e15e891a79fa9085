#pragma once

#include <string>
#include <vector>

namespace bramble {

/// A drawing in the making: everything in pixels from the upper left corner.
class svg_drawing {
 public:
  svg_drawing(double width, double height) : width_{width}, height_{height} {}

  struct text_style {
    int size = 12;
    const char* anchor = "start";  ///< "start", "middle", "end"
    const char* colour = "#222";
    bool bold = false;
  };

  void rectangle(double x, double y, double width, double height, const std::string& colour,
                 const std::string& tip = "");
  void line(double x1, double y1, double x2, double y2, const std::string& colour, double width = 1,
            const std::string& dashes = "");
  void polyline(const std::vector<std::pair<double, double>>& points, const std::string& colour,
                double width, const std::string& dashes = "");
  void circle(double x, double y, double radius, const std::string& colour);
  void text(double x, double y, const std::string& what, const text_style& style);
  void text(double x, double y, const std::string& what) { text(x, y, what, text_style{}); }

  /// The whole file, on white ground.
  std::string finish() const;

 private:
  double width_, height_;
  std::string body_;
};

/// About `count` steps of 1, 2 or 5 times a power of ten that cover `most`.
double nice_step(double most, int count);

}  // namespace bramble
