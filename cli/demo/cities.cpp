#include "cli/demo/cities.h"

#include <cmath>
#include <nlohmann/json.hpp>

// The file as it is in the source tree, placed into read-only memory by the assembler.
__asm__(
    ".section .rodata\n"
    ".global cityid_cities_begin\n"
    ".global cityid_cities_end\n"
    "cityid_cities_begin:\n"
    ".incbin \"" CITYID_CITIES_JSON
    "\"\n"
    "cityid_cities_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const char cityid_cities_begin[];
extern "C" const char cityid_cities_end[];

namespace cityid::cli {
namespace {

using Json = nlohmann::json;

TextMap Texts(const Json& json) {
  TextMap texts;
  for (const auto& [key, value] : json.items()) texts[key] = value.get<std::string>();
  return texts;
}

std::int64_t Degrees(const Json& value) { return std::llround(value.get<double>() * 1e7); }

Endpoint ReadEndpoint(const Json& json) {
  Endpoint endpoint;
  endpoint.rel = json.at("rel");
  endpoint.href = json.at("href");
  endpoint.type = json.at("type").get<std::string>();
  endpoint.title = Texts(json.at("title"));
  return endpoint;  // open, as every portal of the file is
}

Result<City> ReadCity(const Json& json) {
  const auto id = CityId::Parse(json.at("id").get<std::string>());
  if (!id) return id.error();
  City city{*id, {}, {}, {}};
  city.metadata.names = Texts(json.at("names"));
  city.metadata.level = json.at("level");
  city.metadata.country = json.at("country").get<std::string>();
  if (json.contains("lat"))
    city.metadata.position = Position{Degrees(json["lat"]), Degrees(json["lon"])};
  if (json.contains("population"))
    city.metadata.population = json["population"].get<std::uint64_t>();
  for (const Json& endpoint : json.value("endpoints", Json::array())) {
    city.endpoints.push_back(ReadEndpoint(endpoint));
  }
  city.aliases = Texts(json.value("aliases", Json::object()));
  return city;
}

}  // namespace

Result<std::vector<City>> Cities() {
  try {
    const Json json = Json::parse(cityid_cities_begin, cityid_cities_end);
    std::vector<City> cities;
    for (const Json& entry : json.at("cities")) {
      auto city = ReadCity(entry);
      if (!city) return city.error();
      cities.push_back(*std::move(city));
    }
    return cities;
  } catch (const Json::exception& error) {
    return Error{Errc::kMalformed, std::string("assets/cities.json: ") + error.what()};
  }
}

}  // namespace cityid::cli
