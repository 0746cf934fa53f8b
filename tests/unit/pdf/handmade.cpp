#include "tests/unit/pdf/handmade.h"

#include <cstdio>
#include <stdexcept>

namespace cityid {
namespace {

constexpr std::string_view kHead = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";

/// Appends the objects. Returns where each begins.
std::vector<std::size_t> AppendObjects(std::string& file, const std::vector<std::string>& objects) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    places.push_back(file.size());
    file += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  return places;
}

std::string End(std::size_t section) {
  std::string end = "startxref\n";
  return end + std::to_string(section) + "\n%%EOF\n";
}

}  // namespace

std::string StreamObject(const std::string& data, const std::string& entries) {
  std::string object = "<< /Length " + std::to_string(data.size());
  return object + " " + entries + " >>\nstream\n" + data + "\nendstream";
}

std::string TablePdf(const std::vector<std::string>& objects, const std::string& trailer) {
  std::string file(kHead);
  const auto places = AppendObjects(file, objects);
  const std::size_t section = file.size();
  const std::string size = std::to_string(objects.size() + 1);
  file += "xref\n0 " + size + "\n0000000000 65535 f \n";
  for (const std::size_t place : places) {
    char line[32];
    std::snprintf(line, sizeof line, "%010zu 00000 n \n", place);
    file += line;
  }
  return file + "trailer\n<< /Size " + size + " " + trailer + " >>\n" + End(section);
}

std::string StreamPdf(const std::vector<std::string>& objects, const std::string& trailer) {
  std::string file(kHead);
  auto places = AppendObjects(file, objects);
  const std::size_t section = file.size();
  places.push_back(section);
  Bytes rows(7);
  for (const std::size_t place : places) {
    AppendBigEndian(rows, 1, 1);
    AppendBigEndian(rows, place, 4);
    AppendBigEndian(rows, 0, 2);
  }
  const std::string size = std::to_string(places.size() + 1);
  file += std::to_string(places.size()) + " 0 obj\n" +
          StreamObject(std::string(AsText(rows)),
                       "/Type /XRef /W [1 4 2] /Size " + size + " " + trailer) +
          "\nendobj\n";
  return file + End(section);
}

std::vector<std::string> OnePage(const std::string& page, const std::string& content,
                                 const std::string& catalog, const std::string& pages) {
  return {"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
          "<< /Type /Pages /Kids [3 0 R] /Count 1 " + pages + " >>",
          "<< /Type /Page /Parent 2 0 R /Contents 4 0 R " + page + " >>", StreamObject(content)};
}

std::string Exchanged(std::string text, std::string_view part, std::string_view by) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) throw std::logic_error("not in it: " + std::string(part));
  return text.replace(at, part.size(), by);
}

}  // namespace cityid
