#include "codec/drawing/country_language.h"

namespace cityid {
namespace {

struct Spoken {
  std::string_view language;
  std::string_view countries;  ///< ISO 3166-1 numeric, a blank between them
};

// Those that assets/cities.json has names in, which takes the official ones from CLDR. Without the
// countries where English is one of them and is what stands on signs.
constexpr Spoken kSpoken[] = {
    {"am", "231"},
    {"ar",
     "012 048 148 174 232 262 368 400 414 422 434 478 504 512 634 682 706 729 760 784 "
     "788 818 887"},
    {"az", "031"},
    {"be", "112"},
    {"bg", "100"},
    {"bi", "548"},
    {"bn", "050"},
    {"bs", "070"},
    {"ca", "020"},
    {"cs", "203"},
    {"da", "208"},
    {"de", "040 056 276 438 442 756"},
    {"dv", "462"},
    {"dz", "064"},
    {"el", "196 300"},
    {"es", "032 068 152 170 188 192 218 222 226 320 340 484 558 591 600 604 630 724 858 862"},
    {"et", "233"},
    {"fa", "004 364"},
    {"fi", "246"},
    {"fo", "234"},
    {"fr",
     "012 056 120 140 148 174 175 178 180 204 226 250 254 258 262 266 324 332 384 442 "
     "450 466 474 480 492 504 540 548 562 638 646 666 686 690 756 768 788 854 876"},
    {"gn", "600"},
    {"hi", "356"},
    {"hr", "070 191"},
    {"ht", "332"},
    {"hu", "348"},
    {"hy", "051"},
    {"id", "360"},
    {"is", "352"},
    {"it", "380 674 756"},
    {"ja", "392"},
    {"ka", "268"},
    {"kl", "304"},
    {"km", "116"},
    {"ko", "408 410"},
    {"ky", "417"},
    {"lb", "442"},
    {"lo", "418"},
    {"lt", "440"},
    {"lv", "428"},
    {"mg", "450"},
    {"mk", "807"},
    {"mn", "496"},
    {"ms", "096 458"},
    {"ne", "524"},
    {"nl", "056 528 740"},
    {"nn", "578"},
    {"pl", "616"},
    {"ps", "004"},
    {"pt", "024 076 132 226 446 508 620 624 626 678"},
    {"ro", "498 642"},
    {"ru", "112 417 643"},
    {"si", "144"},
    {"sk", "703"},
    {"sl", "705"},
    {"sm", "016"},
    {"so", "706"},
    {"sq", "008"},
    {"sr", "070 688"},
    {"sv", "246 248 752"},
    {"sw", "404 800 834"},
    {"ta", "144"},
    {"tg", "762"},
    {"th", "764"},
    {"ti", "232"},
    {"tk", "795"},
    {"tn", "072"},
    {"to", "776"},
    {"tpi", "598"},
    {"tr", "196 792"},
    {"uk", "804"},
    {"ur", "586"},
    {"uz", "860"},
    {"vi", "704"},
    {"wo", "686"},
    {"yo", "566"},
    {"zh-Hant", "158 344 446"},
};

}  // namespace

bool IsLanguageOf(std::string_view language, std::string_view country) {
  if (country.size() != 3) return false;
  for (const Spoken& spoken : kSpoken) {
    if (spoken.language == language)
      return spoken.countries.find(country) != std::string_view::npos;
  }
  return false;
}

}  // namespace cityid
