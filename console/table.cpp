// Tables and long lines for people, fitted to their terminal.
#include <algorithm>
#include <numeric>
#include <sstream>

#include "console/terminal.hpp"

namespace bramble {
namespace {

using strings = std::vector<std::string>;

constexpr std::size_t gap = 2;  // between two columns

/// Columns a text takes on a terminal: UTF-8 continuation bytes and styles take none.
std::size_t width(const std::string& text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      while (i < text.size() && text[i] != 'm') ++i;
    else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U)
      ++columns;
  }
  return columns;
}

/// `text` in lines of at most so many columns, broken between words; a longer word stays whole, and
/// spaces in front of the first word go where it would not fit with them.
strings broken(const std::string& text, std::size_t columns) {
  strings lines{""};
  for (std::size_t at = 0; at < text.size();) {
    const auto word = std::min(text.find_first_not_of(' ', at), text.size());
    const auto end = std::min(text.find(' ', word), text.size());
    auto& line = lines.back();
    const auto with_spaces = text.substr(at, end - at);
    if (width(line) + width(with_spaces) <= columns)
      line += with_spaces;
    else if (line.empty())
      line = text.substr(word, end - word);
    else
      lines.push_back(text.substr(word, end - word));
    at = end;
  }
  return lines;
}

std::size_t longest_word(const std::string& text) {
  std::size_t most = 0;
  std::istringstream words{text};
  for (std::string word; words >> word;) most = std::max(most, width(word));
  return most;
}

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         gap * (widths.empty() ? 0 : widths.size() - 1);
}

template <class Measure>
std::vector<std::size_t> widths_of(const std::vector<strings>& rows, Measure measure) {
  std::vector<std::size_t> out;
  for (const auto& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], measure(row[i]));
  }
  return out;
}

/// Takes from the columns with most to give until all fit, or nothing is left to take.
void shrink(std::vector<std::size_t>& widths, const std::vector<std::size_t>& least,
            std::size_t columns) {
  const auto spare = [&](std::size_t i) { return widths[i] - least[i]; };
  while (total(widths) > columns) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < widths.size(); ++i)
      if (spare(i) > spare(most)) most = i;
    if (spare(most) == 0) return;
    widths[most] -= std::min(spare(most), total(widths) - columns);
  }
}

void add_row(std::string& out, const strings& row, const std::vector<std::size_t>& widths) {
  std::vector<strings> cells;
  std::size_t height = 1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    cells.push_back(broken(row[i], widths[i]));
    height = std::max(height, cells.back().size());
  }
  for (std::size_t n = 0; n < height; ++n) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto text = n < cells[i].size() ? cells[i][n] : "";
      const std::string pad(widths[i] - std::min(widths[i], width(text)), ' ');
      line += (i == 0 ? "" : std::string(gap, ' ')) + (i == 0 ? text + pad : pad + text);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
}

/// "pi2" and below it "  state  alive", ...; the first row has what the columns are called.
std::string blocks(const std::vector<strings>& rows, std::size_t columns) {
  std::size_t longest = 0;
  for (const auto& name : rows[0]) longest = std::max(longest, width(name));
  std::string out;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    out += fit_lines(rows[r][0], columns) + '\n';
    for (std::size_t i = 1; i < rows[r].size() && i < rows[0].size(); ++i) {
      const auto& name = rows[0][i];
      out += fit_lines("  " + name + std::string(longest - width(name) + gap, ' ') + rows[r][i],
                       columns) +
             '\n';
    }
  }
  return out;
}

}  // namespace

std::string format_table(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  auto widths = widths_of(rows, width);
  if (columns != 0 && total(widths) > columns) {
    const auto least = widths_of(rows, longest_word);
    if (total(least) > columns && rows.size() > 1 && rows[0].size() > 1)
      return blocks(rows, columns);
    shrink(widths, least, columns);
  }
  std::string out;
  for (const auto& row : rows) add_row(out, row, widths);
  return out;
}

std::string fit_lines(const std::string& text, std::size_t columns) {
  if (columns == 0) return text;
  std::string out;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    const auto indent = std::min(line.find_first_not_of(' '), columns / 2);
    if (width(line) <= columns || indent == std::string::npos) {
      out += line + '\n';
      continue;
    }
    const std::string more(indent + 2 * gap, ' ');
    const auto parts = broken(line.substr(indent), columns - more.size());
    for (std::size_t i = 0; i < parts.size(); ++i)
      out += (i == 0 ? std::string(indent, ' ') : more) + parts[i] + '\n';
  }
  if (!text.ends_with('\n') && !out.empty()) out.pop_back();
  return out;
}

}  // namespace bramble
