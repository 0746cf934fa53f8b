#include "cli/batch/report.h"

#include <cstdio>

#include "cli/batch/output.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

constexpr std::uint64_t kMostSaid = 100;  // lines for people about rows

void PrintLine(const std::string& json) { std::printf("%s\n", json.c_str()); }

/// Returns "1 code", "1,234 codes".
std::string Counted(std::uint64_t count, const char* thing) {
  std::string text = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

void BatchReport::Say(std::uint64_t line, const char* kind, const std::string& text) {
  if (json_) {
    std::string json;
    JsonText(json).BeginObject().Member(kind, text).Member("line", line).EndObject();
    return PrintLine(json);
  }
  if (++said_ > kMostSaid) return;
  progress_.Hide();
  cli::Say(Printable(text));
  if (said_ == kMostSaid) cli::Say("further rows are counted only; --json says all of them");
}

void BatchReport::Failed(std::uint64_t line, const std::string& detail) {
  ++counts_.failed;
  Say(line, "error", detail);
}

void BatchReport::Written(const BatchItem& item, const std::string& file) {
  ++counts_.written;
  if (!json_) return;
  std::string json;
  JsonText text(json);
  text.BeginObject().Member("row", item.row.number).Member("line", item.row.line);
  text.Member("id", item.row.claims.subject.text());
  text.Member("serial", std::uint64_t{item.plan.serial});
  text.Member("iat", TimeText(item.plan.issued_at)).Member("url", item.url).Member("file", file);
  if (item.digest != Sha256Hash()) text.Member("sha256", Hex(item.digest));
  text.EndObject();
  PrintLine(json);
}

void BatchReport::Checked(std::uint64_t line, const std::string& file, const std::string& trouble) {
  ++counts_.checked;
  if (trouble.empty()) return;
  ++counts_.unreadable;
  Say(line, "unreadable", list_ + ":" + std::to_string(line) + ": " + file + ": " + trouble);
}

void BatchReport::ShowProgress(std::uint64_t total) {
  progress_.ShowRate(counts_.written + counts_.before + counts_.failed, total, counts_.before);
}

void BatchReport::ShowChecking(Progress& progress, std::uint64_t total) const {
  progress.ShowRate(counts_.checked, total, 0);
}

int BatchReport::Finish(const std::string& output, const std::string& manifest) {
  progress_.Hide();
  const bool good = counts_.failed == 0 && counts_.unreadable == 0;
  if (json_) {
    std::string json;
    JsonText text(json);
    text.BeginObject().Name("summary").BeginObject().Member("output", output);
    text.Member("manifest", manifest).Member("written", counts_.written);
    text.Member("before", counts_.before).Member("failed", counts_.failed);
    text.Member("checked", counts_.checked).Member("unreadable", counts_.unreadable);
    text.EndObject().EndObject();
    PrintLine(json);
    return good ? 0 : kNo;
  }
  std::string words = "wrote " + Counted(counts_.written, "code") + " to " + output;
  if (counts_.before > 0)
    words += "; " + Counted(counts_.before, "code") + " had been written before";
  if (counts_.failed > 0) words += "; " + Counted(counts_.failed, "row") + " failed";
  if (counts_.checked > 0) {
    words += "; " + Counted(counts_.checked - counts_.unreadable, "code") + " read back";
    if (counts_.unreadable > 0) words += ", " + Counted(counts_.unreadable, "code") + " not";
  }
  cli::Say(Printable(words) + "; " + Printable(manifest) + " lists them");
  return good ? 0 : kNo;
}

}  // namespace cityid::cli
