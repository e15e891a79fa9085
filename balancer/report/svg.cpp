#include "balancer/report/svg.hpp"

#include <cmath>
#include <cstdio>

namespace bramble {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string attribute(const char* name, const std::string& value) {
  return std::string{" "} + name + "=\"" + value + "\"";
}

std::string dashed(const std::string& dashes) {
  return dashes.empty() ? "" : attribute("stroke-dasharray", dashes);
}

}  // namespace

void svg_drawing::rectangle(double x, double y, double width, double height,
                            const std::string& colour, const std::string& tip) {
  body_ += "<rect" + attribute("x", number(x)) + attribute("y", number(y)) +
           attribute("width", number(width)) + attribute("height", number(height)) +
           attribute("fill", colour);
  body_ += tip.empty() ? "/>\n" : "><title>" + escaped(tip) + "</title></rect>\n";
}

void svg_drawing::line(double x1, double y1, double x2, double y2, const std::string& colour,
                       double width, const std::string& dashes) {
  body_ += "<line" + attribute("x1", number(x1)) + attribute("y1", number(y1)) +
           attribute("x2", number(x2)) + attribute("y2", number(y2)) + attribute("stroke", colour) +
           attribute("stroke-width", number(width)) + dashed(dashes) + "/>\n";
}

void svg_drawing::polyline(const std::vector<std::pair<double, double>>& points,
                           const std::string& colour, double width, const std::string& dashes) {
  std::string at;
  for (const auto& [x, y] : points) at += number(x) + "," + number(y) + " ";
  body_ += "<polyline" + attribute("points", at) + attribute("fill", "none") +
           attribute("stroke", colour) + attribute("stroke-width", number(width)) + dashed(dashes) +
           "/>\n";
}

void svg_drawing::circle(double x, double y, double radius, const std::string& colour) {
  body_ += "<circle" + attribute("cx", number(x)) + attribute("cy", number(y)) +
           attribute("r", number(radius)) + attribute("fill", colour) + "/>\n";
}

void svg_drawing::text(double x, double y, const std::string& what, const text_style& style) {
  body_ += "<text" + attribute("x", number(x)) + attribute("y", number(y)) +
           attribute("font-size", std::to_string(style.size)) +
           attribute("text-anchor", style.anchor) + attribute("fill", style.colour) +
           (style.bold ? attribute("font-weight", "bold") : "") + ">" + escaped(what) + "</text>\n";
}

std::string svg_drawing::finish() const {
  const auto size = number(width_) + " " + number(height_);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", number(width_)) +
         attribute("height", number(height_)) + attribute("viewBox", "0 0 " + size) +
         attribute("font-family", "DejaVu Sans, Helvetica, sans-serif") +
         ">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" + body_ + "</svg>\n";
}

double nice_step(double most, int count) {
  const auto rough = most / count;
  if (!(rough > 0)) return 1;
  const auto power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough) return factor * power;
  return 10 * power;
}

}  // namespace bramble
