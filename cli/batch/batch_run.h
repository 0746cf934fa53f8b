// The way of a list through a batch: twice through the list, once to see what it is, and once to
// give each row its serial, sign it, draw it and write it.
#pragma once

#include <stop_token>

#include "cli/batch/output.h"
#include "cli/batch/report.h"
#include "codec/ed25519.h"

namespace cityid::cli {

/// What a batch needs.
struct BatchTask {
  std::string list;
  ListDefaults defaults;
  std::string key_file;
  std::string host;
  CodeLook look;
  const SecretKey* key = nullptr;
  BatchPlan* plan = nullptr;
};

/// What the first look at a list shows.
struct ListSurvey {
  std::uint64_t rows = 0;       ///< the wrong ones, too
  std::uint64_t wrong = 0;      ///< rows that say nothing that can be signed
  Sha256Hash digest;            ///< of the digests of all other rows
  std::vector<bool> same_file;  ///< for each number, whether an earlier row names the same file
};

/// Reads a list to its end. Errors: kRefused if a row that has a serial isn't what it was;
/// kMalformed and others if the list can't be read to its end.
Result<ListSurvey> SurveyList(const BatchTask& task);

/// Signs and writes every row that isn't done. Errors: kStopped if that was asked for; those of
/// the list, the plan, the serials and the output. What was reported as written stays.
Result<void> RunBatch(const BatchTask& task, const ListSurvey& survey, BatchOutput& output,
                      BatchReport& report, const std::stop_token& stop);

}  // namespace cityid::cli
