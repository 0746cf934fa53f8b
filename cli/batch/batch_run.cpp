#include "cli/batch/batch_run.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "cli/batch/workers.h"
#include "cli/codes/document_claims.h"
#include "cli/codes/issuing.h"
#include "cli/console/clock.h"
#include "codec/files/file.h"
#include "codec/files/key_file.h"
#include "codec/text.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kRowsAtOnce = 512;

/// Returns the error of a list that was changed where serials were given out already.
Error Changed(const BatchList& list) {
  Error error = list.Here(
      "this row had another text when it got its serial; put it back, add new rows at the end of "
      "the list, or give another -o");
  error.code = Errc::kRefused;
  return error;
}

Error Stopped() { return Error{Errc::kStopped, "stopped; the same command goes on where it was"}; }

/// The names of files so far, as the beginnings of their digests: 16 MB for a million.
class FileNames {
 public:
  void Add(const BatchRow& row) {
    if (row.file.empty()) return;
    // On the disks of other systems a.svg and A.svg are one file.
    names_.push_back(
        {ReadBigEndian(Sha256(AsBytes(LowerCase(row.file))).view().first(8)), row.number});
  }

  /// Returns for each number whether an earlier row has the same name.
  std::vector<bool> Repeated(std::uint64_t last) {
    std::vector<bool> repeated(last + 1);
    std::ranges::sort(names_);
    for (std::size_t i = 1; i < names_.size(); ++i) {
      if (names_[i].first == names_[i - 1].first) repeated[names_[i].second] = true;
    }
    return repeated;
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> names_;
};

/// One run.
class Run {
 public:
  Run(const BatchTask& task, const ListSurvey& survey, BatchOutput& output, BatchReport& report)
      : task_(task), survey_(survey), output_(output), report_(report) {
    for (std::size_t i = Cores(); i > 0; --i) drawers_.emplace_back(task.look);
  }

  Result<void> Go(const std::stop_token& stop);

 private:
  Result<std::optional<std::vector<BatchItem>>> NextItems(BatchList& list);
  Result<void> AddRow(const BatchList& list, BatchRow row, std::vector<BatchItem>& items);
  Result<void> Plan(std::vector<BatchItem>& items, const std::stop_token& stop);
  Result<void> DigestDocument(BatchItem& item) const;
  Result<void> Draw(std::vector<BatchItem>& items);
  Result<void> ForgetFailed(const std::vector<BatchItem>& items);
  Result<void> Sign(BatchItem& item) const;
  void Fail(const BatchItem& item);

  const BatchTask& task_;
  const ListSurvey& survey_;
  BatchOutput& output_;
  BatchReport& report_;
  std::vector<CodeDrawer> drawers_;
};

void Run::Fail(const BatchItem& item) {
  report_.Failed(item.row.line,
                 task_.list + ":" + std::to_string(item.row.line) + ": " + item.failed->detail);
}

/// Adds a row that is to be written.
Result<void> Run::AddRow(const BatchList& list, BatchRow row, std::vector<BatchItem>& items) {
  const auto planned = task_.plan->Find(row.number);
  if (!planned) return planned.error();
  BatchItem item{std::move(row)};
  if (*planned) {
    if ((*planned)->row != item.row.digest) return Changed(list);
    item.plan = **planned;
    if (output_.IsDone(item.row.number)) {
      report_.Skipped(1);
      return {};
    }
  } else if (item.row.number < survey_.same_file.size() && survey_.same_file[item.row.number]) {
    item.failed =
        Usage(item.row.file + " is the file of an earlier row, too (capital letters don't count)");
  } else if (const auto checked = output_.CheckNew(item.row); !checked) {
    item.failed = checked.error();
  }
  items.push_back(std::move(item));
  return {};
}

/// Returns the next rows that are to be written; nothing at the end of the list.
Result<std::optional<std::vector<BatchItem>>> Run::NextItems(BatchList& list) {
  std::vector<BatchItem> items;
  while (items.size() < kRowsAtOnce) {
    auto row = list.Next();
    if (!row && row.error().code == Errc::kMalformed) {
      report_.Failed(list.line(), row.error().detail);
      continue;
    }
    if (!row) return row.error();
    if (!row->has_value()) break;
    if (auto added = AddRow(list, **std::move(row), items); !added) return added.error();
    report_.ShowProgress(survey_.rows);
  }
  if (items.empty()) return std::optional<std::vector<BatchItem>>();
  return std::optional(std::move(items));
}

/// Finds the digest of a document's file, which must be the one that was signed if there was one.
Result<void> Run::DigestDocument(BatchItem& item) const {
  const std::string& name = item.row.document_file;
  if (name.empty()) return {};
  const std::filesystem::path path = std::filesystem::path(task_.list).parent_path() / name;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
    return Usage("document_file: " + name + " is no regular file");
  const auto digest = DigestOfDocument(path);
  if (!digest) return digest.error().In("document_file");
  if (item.plan.number != 0 && item.plan.document != *digest) {
    return Error{Errc::kRefused, "document_file: " + name +
                                     " is not what it was when its code got its serial; put it "
                                     "back, or give another -o"};
  }
  item.plan.document = *digest;
  return {};
}

/// Gives the rows that are new their serials and their time, on disk.
Result<void> Run::Plan(std::vector<BatchItem>& items, const std::stop_token& stop) {
  std::vector<BatchItem*> fresh;
  for (BatchItem& item : items) {
    if (item.failed) continue;
    if (stop.stop_requested()) return Stopped();
    if (const auto digested = DigestDocument(item); !digested) {
      item.failed = digested.error();
    } else if (item.plan.number == 0) {
      fresh.push_back(&item);
    }
  }
  if (fresh.empty()) return {};
  if (const auto room = task_.plan->MakeRoom(fresh.back()->row.number); !room) return room;
  const auto first = TakeSerials(task_.key_file, static_cast<std::uint32_t>(fresh.size()));
  if (!first) return first.error();
  std::uint32_t serial = *first;
  const auto now = Now();
  std::vector<PlannedRow> rows;
  for (BatchItem* item : fresh) {
    item->plan.number = item->row.number;
    item->plan.row = item->row.digest;
    item->plan.serial = serial++;
    item->plan.issued_at = now;
    rows.push_back(item->plan);
  }
  return task_.plan->Write(rows);
}

Result<void> Run::Sign(BatchItem& item) const {
  CodeClaims& claims = item.row.claims;
  claims.kid = HintOf(task_.key->public_key());
  claims.serial = item.plan.serial;
  claims.issued_at = item.plan.issued_at;
  if (!item.row.document_file.empty()) claims.document->digest = item.plan.document;
  auto made = SignUrl(claims, *task_.key, task_.host);
  if (!made) return made.error();
  item.url = std::move(made->url);
  return {};
}

/// Signs and draws on all cores. Errors: the first that ends the batch.
Result<void> Run::Draw(std::vector<BatchItem>& items) {
  std::mutex mutex;
  std::optional<Error> ended;
  std::atomic<bool> go_on = true;
  ForEachInThreads(drawers_.size(), items.size(), [&](std::size_t worker, std::size_t i) {
    BatchItem& item = items[i];
    if (item.failed || !go_on) return;
    if (const auto is_signed = Sign(item); !is_signed) {
      item.failed = is_signed.error();
      return;
    }
    const auto drawn = output_.Draw(item, drawers_[worker]);
    if (drawn) return;
    go_on = false;
    const std::lock_guard lock(mutex);
    if (!ended) ended = drawn.error();
  });
  if (ended) return *ended;
  return {};
}

/// Lets rows be corrected that could not be drawn: their codes are nowhere. What was written by an
/// earlier run keeps its place.
Result<void> Run::ForgetFailed(const std::vector<BatchItem>& items) {
  std::vector<std::uint64_t> numbers;
  for (const BatchItem& item : items) {
    if (item.failed && !item.url.empty() && !output_.IsWritten(item.row))
      numbers.push_back(item.row.number);
  }
  if (numbers.empty()) return {};
  return task_.plan->Forget(numbers);
}

Result<void> Run::Go(const std::stop_token& stop) {
  auto list = BatchList::Open(task_.list, task_.defaults);
  if (!list) return list.error();
  while (!stop.stop_requested()) {
    auto items = NextItems(*list);
    if (!items) return items.error();
    if (!items->has_value()) return output_.Finish();
    std::vector<BatchItem>& block = **items;
    if (const auto planned = Plan(block, stop); !planned) return planned;
    if (const auto drawn = Draw(block); !drawn) return drawn;
    if (const auto forgotten = ForgetFailed(block); !forgotten) return forgotten;
    if (const auto taken = output_.Take(block); !taken) return taken;
    for (const BatchItem& item : block) {
      if (item.failed) {
        Fail(item);
      } else {
        report_.Written(item, item.row.file);
      }
    }
    report_.ShowProgress(survey_.rows);
  }
  return Stopped();
}

}  // namespace

Result<ListSurvey> SurveyList(const BatchTask& task) {
  auto list = BatchList::Open(task.list, task.defaults);
  if (!list) return list.error();
  ListSurvey survey;
  FileNames names;
  while (true) {
    const auto row = list->Next();
    if (!row && row.error().code != Errc::kMalformed) return row.error();
    if (row && !row->has_value()) break;
    ++survey.rows;
    if (!row) {
      ++survey.wrong;
      const auto before = task.plan->Find(list->number());
      if (!before) return before.error();
      if (*before) return Changed(*list);
      continue;
    }
    survey.digest = Sha256({survey.digest.view(), (*row)->digest.view()});
    const auto planned = task.plan->Find((*row)->number);
    if (!planned) return planned.error();
    if (*planned && (*planned)->row != (*row)->digest) return Changed(*list);
    names.Add(**row);
  }
  const auto more = task.plan->FindBehind(list->number());
  if (!more) return more.error();
  if (*more) {
    return Error{Errc::kRefused, task.list + ": row " + std::to_string(**more) +
                                     " is missing, whose code has its serial; put it back, or "
                                     "give another -o"};
  }
  if (survey.rows == 0) return Usage(task.list + ": the list has no rows");
  survey.same_file = names.Repeated(list->number());
  return survey;
}

Result<void> RunBatch(const BatchTask& task, const ListSurvey& survey, BatchOutput& output,
                      BatchReport& report, const std::stop_token& stop) {
  return Run(task, survey, output, report).Go(stop);
}

}  // namespace cityid::cli
