// The real cities of assets/cities.json, built into the program.
#pragma once

#include <vector>

#include "codec/city_id.h"
#include "codec/result.h"
#include "ledger/record/content.h"

namespace cityid::cli {

struct City {
  CityId id;
  Metadata metadata;
  std::vector<Endpoint> endpoints;
  TextMap aliases;
};

/// Returns all of them, sorted by identifier. Errors: kMalformed if the file has another shape than
/// this program expects.
Result<std::vector<City>> Cities();

}  // namespace cityid::cli
