// cityid serve
#include <filesystem>

#include "cli/checking/trust_file.h"
#include "cli/console/clock.h"
#include "cli/console/key_files.h"
#include "cli/console/streams.h"
#include "cli/serving/commands.h"
#include "cli/serving/index_names.h"
#include "cli/serving/listen.h"
#include "cli/serving/publishing.h"
#include "cli/serving/serve_options.h"
#include "codec/files/file.h"
#include "codec/text.h"
#include "ledger/consortium/registry.h"
#include "ledger/proof/policy_chain.h"
#include "ledger/sync/verify.h"
#include "resolver/http/log.h"

namespace cityid::cli {
namespace {

using std::chrono::seconds;

struct Serve {
  std::string config = {};
  ServeOptions given = {};
  bool check = false;
  std::optional<Command> command = {};

  void Declare(Command& declared) {
    command = declared;
    declared.Option("--config", &config, "TOML file with any of the following; flags count more");
    declared.Option("--check", &check,
                    "Check the configuration and the files that it names, and exit");
    for (const ServeSetting& setting : ServeSettings(given)) {
      std::visit(
          [&](auto* target) {
            declared.Option(std::string("--") + setting.name, target, setting.help);
          },
          setting.target);
    }
  }

  Result<int> Run() const;
  Result<ServeOptions> WithFile() const;
  void Reload(Listener& listener, const std::vector<ListenAddress>& addresses) const;
};

/// Returns the options that were given, and the others as the file has them.
Result<ServeOptions> Serve::WithFile() const {
  ServeOptions options = given;
  if (config.empty()) return options;
  ServeOptions unused;
  std::map<std::string, ConfigTarget> keys;
  for (const ServeSetting& setting : ServeSettings(options)) keys[setting.name] = setting.target;
  for (const ServeSetting& setting : ServeSettings(unused)) {
    if (command->Given(std::string("--") + setting.name)) keys[setting.name] = setting.target;
  }
  if (const auto read = ReadConfig(config, keys); !read) return read.error();
  return options;
}

/// Returns the limits on connections. Errors: kUsage for a limit of 0.
Result<ListenerLimits> LimitsOf(const ServeOptions& o) {
  for (const auto& [name, value] :
       {std::pair("head-time", o.head_time), std::pair("body-time", o.body_time),
        std::pair("idle-time", o.idle_time), std::pair("write-time", o.write_time),
        std::pair("connections", o.connections),
        std::pair("client-connections", o.client_connections),
        std::pair("client-requests", o.client_requests), std::pair("client-burst", o.client_burst),
        std::pair("held", o.held)}) {
    if (value == 0) return Usage(std::string(name) + " must be at least 1");
  }
  if (o.pictures > PictureDesk::kInside)
    return Usage("pictures must be at most " + std::to_string(PictureDesk::kInside));
  ListenerLimits limits;
  limits.head_time = seconds(o.head_time);
  limits.body_time = seconds(o.body_time);
  limits.idle_time = seconds(o.idle_time);
  limits.write_time = seconds(o.write_time);
  limits.connections = o.connections;
  limits.client_connections = o.client_connections;
  limits.client_requests = o.client_requests;
  limits.client_burst = o.client_burst;
  limits.held = std::size_t{o.held} << 20;
  limits.loopback = o.limit_loopback;
  return limits;
}

/// Returns what can change while it runs.
Result<ListenerSettings> SettingsOf(const ServeOptions& o) {
  auto limits = LimitsOf(o);
  if (!limits) return limits.error();
  ListenerSettings settings;
  settings.limits = *std::move(limits);
  for (const std::string& given : o.names) {
    std::string name = LowerCase(given);
    if (!IsHostName(name)) return Usage("name: '" + name + "' is no host name");
    settings.names.push_back(std::move(name));
  }
  settings.certificate = o.tls_certificate;
  settings.key = o.tls_key;
  settings.hsts = !o.listen_tls.empty() && !o.names.empty();
  for (const std::string& proxy : o.proxies) {
    if (!settings.proxies.Add(proxy))
      return Usage("proxy: '" + proxy + "' is no address and no network such as 10.0.0.0/8");
  }
  return settings;
}

/// Returns true for an IP address that other machines reach. What is no IP address the listener
/// refuses.
bool IsReachable(const ListenAddress& address) {
  const std::string text = address.address.substr(0, address.address.find('%'));  // no interface
  const bool is_ip = text.find_first_not_of("0123456789.:abcdefABCDEF") == std::string::npos;
  return is_ip && !text.starts_with("127.") && text != "::1";
}

/// Refuses to answer on an address that other machines reach without a name of the host.
Result<void> CheckNamed(const std::vector<ListenAddress>& addresses, const ServeOptions& o) {
  for (const ListenAddress& each : addresses) {
    if (!o.names.empty() || each.kind == ListenKind::kRedirect || !IsReachable(each)) continue;
    return Usage(each.address +
                 " is no loopback address, so it needs --name HOST: otherwise any name that a "
                 "request calls the host by gets onto pages and into caches");
  }
  return {};
}

Result<ListenerOptions> ListenerOf(const ServeOptions& o) {
  ListenerOptions options;
  options.threads = o.threads;
  options.addresses.clear();
  const auto add = [&](const std::vector<std::string>& texts, ListenKind kind) -> Result<void> {
    for (const std::string& text : texts) {
      const auto address = ParseListen(text, kind);
      if (!address) return address.error();
      options.addresses.push_back(*address);
    }
    return {};
  };
  for (const auto& [texts, kind] :
       {std::pair(&o.listen, ListenKind::kPlain), std::pair(&o.listen_tls, ListenKind::kTls),
        std::pair(&o.listen_redirect, ListenKind::kRedirect)}) {
    if (const auto added = add(*texts, kind); !added) return added.error();
  }
  if (options.addresses.empty()) options.addresses.push_back({"127.0.0.1", 8080});
  if (const auto named = CheckNamed(options.addresses, o); !named) return named.error();
  auto settings = SettingsOf(o);
  if (!settings) return settings.error();
  options.settings = *std::move(settings);
  return options;
}

Result<void> CheckServe(const ServeOptions& o) {
  if (o.ledger.empty()) return Usage("a ledger directory is needed: --ledger DIR");
  if (!o.follow.from.empty() && o.registry) return Usage("a registry sequences, it can't --follow");
  if (o.log_format != "text" && o.log_format != "json")
    return Usage("log-format must be text or json");
  if (o.hard_age < o.soft_age) return Usage("hard-age must not be less than soft-age");
  // Before anything is opened: a wrong address would only be seen as a peer that can't be reached.
  if (const auto mirrors = OpenMirrors(o.follow); !mirrors) return mirrors.error().In("follow");
  if (const auto witnesses = AskWitnesses(o.publish.witnesses); !witnesses)
    return witnesses.error();
  std::error_code error;
  if (!o.snapshots.empty() && !std::filesystem::is_directory(o.snapshots, error))
    return Usage("snapshots: " + o.snapshots + " is no directory");
  return {};
}

/// Checks certificate, names and limits with a listener on ports of loopback that nobody uses.
Result<void> CheckSettings(ListenerOptions listen) {
  for (ListenAddress& address : listen.addresses) {
    address.address = "127.0.0.1";
    address.port = 0;
  }
  listen.threads = 1;
  const auto listener = Listener::Start(
      listen, [] { return [](const Request&, Thread) { return SharedReply(); }; },
      [](const Request&) { return BodyTerms{}; });
  if (!listener) return listener.error();
  return {};
}

/// Checks the files that the options name, as far as that needs no passphrase. Errors: those of
/// reading them.
Result<void> CheckFiles(const ServeOptions& o, const ListenerOptions& listen) {
  for (const auto* files : {&o.publish.log_keys, &o.publish.witness_keys}) {
    if (const auto found = FindKeyFiles(*files); !found) return found.error();
  }
  if (!o.publish.passphrase.file.empty()) {
    const auto read = ReadFile(o.publish.passphrase.file, 1024);
    if (!read) return read.error();
  }
  if (!o.follow.trust.empty()) {
    if (const auto trust = ReadTrustFile(o.follow.trust); !trust) return trust.error();
  }
  if (!o.web.empty()) {
    if (const auto files = ScannerFiles::Read(o.web); !files) return files.error();
  }
  if (const auto tls = CheckSettings(listen); !tls) return tls;
  if (!o.follow.from.empty()) return {};  // it makes the directory
  const auto replica = Replica::Open(o.ledger, Replica::Mode::kRead);
  if (!replica) return replica.error();
  return {};
}

/// Makes a registry go on by a trust file, if its policy is older: one that can't be satisfied any
/// more is replaced like that.
Result<void> GoOnBy(const std::string& trust, Replica& replica) {
  if (trust.empty()) return {};
  auto file = ReadTrustFile(trust);
  if (!file) return file.error();
  file->confirmed.reset();  // nobody else has published anything
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto version = PolicyVersion(*view);
  if (!version) return version.error();
  if (file->version > *version + 1) {
    return Error{Errc::kRefused, trust + " is of policy " + std::to_string(file->version) +
                                     "; this registry can go on with policy " +
                                     std::to_string(*version + 1)};
  }
  return replica.Demand(*file);
}

/// Refuses a ledger that is only read and older than the trust file.
Result<void> CheckNotOlder(const ServeOptions& options, const Replica& replica) {
  if (options.follow.trust.empty()) return {};
  const auto file = ReadTrustFile(options.follow.trust, Now());
  if (!file) return file.error();
  const auto view = replica.Read();
  if (!view) return view.error();
  const auto version = PolicyVersion(*view);
  if (!version) return version.error();
  if (file->IsReachedBy(*version, view->head().time)) return {};
  return Error{Errc::kRefused, options.ledger + " is older than " + options.follow.trust +
                                   "; bring it up to date with --follow"};
}

Result<std::unique_ptr<Registry>> OpenRegistry(const ServeOptions& options, Replica& replica) {
  const auto view = replica.Read();
  if (!view) return view.error();
  if (view->head().base.value > 0) {
    return Error{Errc::kRefused, options.ledger +
                                     " began with a snapshot and lacks the entries "
                                     "before; a registry needs the whole log"};
  }
  if (const auto trusted = GoOnBy(options.follow.trust, replica); !trusted) return trusted.error();
  auto signing = SignWith(options.publish, options.ledger, replica);
  if (!signing) return signing.error();
  if (options.publish.log_keys.empty()) {
    LogInfo(
        "without --log-key new heads get no checkpoint: nothing of them can be proved or "
        "followed");
  }
  return Registry::Open(std::filesystem::path(options.ledger) / "inbox", replica,
                        std::move(signing->publish), {}, std::move(signing->confirmed), Now());
}

/// Opens the ledger in the way that the options need.
Result<Replica> OpenServed(const ServeOptions& options) {
  if (!options.follow.from.empty())
    return OpenFollowing(options.ledger, options.map_size, options.publish.journal);
  const std::size_t bytes = std::size_t{options.map_size} << 30;
  if (options.registry) return Replica::Open(options.ledger, Replica::Mode::kWrite, bytes);
  return OpenIndexed(options.ledger, bytes);
}

Result<void> CheckMap(const Replica& replica, const std::string& ledger) {
  const auto view = replica.Read();
  if (!view) return view.error();
  if (const auto verified = VerifyMap(*view); !verified)
    return verified.error().In(ledger + ": restore it, or follow the log anew");
  return {};
}

Service ServiceOf(const ServeOptions& options, const Replica& replica, Registry* registry,
                  Notices notices) {
  Service service;
  service.replica = &replica;
  service.age = {seconds(options.soft_age), seconds(options.hard_age)};
  service.registry = registry;
  service.snapshots = options.snapshots;
  service.keep = seconds(options.keep);
  service.notices = std::move(notices);
  return service;
}

/// Takes names, proxies, limits and certificate from the file as it is now.
void Serve::Reload(Listener& listener, const std::vector<ListenAddress>& addresses) const {
  const auto options = WithFile();
  const Result<void> named = options ? CheckNamed(addresses, *options) : options.error();
  const auto settings = named ? SettingsOf(*options) : named.error();
  const Result<void> changed = settings ? listener.Change(*settings) : settings.error();
  if (changed) return LogInfo("reloaded: certificate, names, proxies and limits");
  LogError("not reloaded, all stays as it was: " + changed.error().detail);
}

Result<int> Serve::Run() const {
  const auto with_file = WithFile();
  if (!with_file) return with_file.error();
  const ServeOptions& options = *with_file;
  if (const auto checked = CheckServe(options); !checked) return checked.error();
  SetLogFormat(options.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  const auto listen = ListenerOf(options);
  if (!listen) return listen.error();
  auto notices = ReadNotices(options);
  if (!notices) return notices.error();
  if (check) {
    if (const auto right = CheckFiles(options, *listen); !right) return right.error();
    Say("the configuration is right");
    return 0;
  }
  BlockSignals();
  const auto readers = StartReaders(options.pictures);
  if (!readers) return readers.error();
  auto replica = OpenServed(options);
  if (!replica && replica.error().code == Errc::kStopped) return 0;
  if (!replica) return replica.error();
  std::unique_ptr<Registry> registry;
  if (options.registry) {
    auto opened = OpenRegistry(options, *replica);
    if (!opened) return opened.error();
    registry = *std::move(opened);
  } else if (options.follow.from.empty()) {
    if (const auto checked = CheckNotOlder(options, *replica); !checked) return checked.error();
  }
  if (const auto checked = CheckMap(*replica, options.ledger); !checked) return checked.error();
  std::jthread indexing;
  if (options.registry || !options.follow.from.empty())
    indexing = StartIndexing(*replica, options.ledger);
  std::jthread following;
  if (!options.follow.from.empty()) {
    auto follower = MakeFollower(*replica, options.follow);
    if (!follower) return follower.error();
    following =
        StartFollowing(*std::move(follower), std::chrono::milliseconds(options.follow.interval));
  }
  const ResponderOptions responder{std::size_t{options.cache} << 20, options.log_requests,
                                   options.log_addresses};
  const auto started =
      StartServing(ServiceOf(options, *replica, registry.get(), *std::move(notices)),
                   {options.web, readers->get(), responder, *listen});
  if (!started) return started.error();
  const Serving& serving = **started;
  const auto operations = StartOperations(options.metrics, serving);
  if (!operations) return operations.error();
  if (*operations) LogInfo("metrics on " + (*operations)->url() + "/metrics");
  const auto ports = serving.listener->ports();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    LogInfo("serving " + options.ledger + " on " + BaseUrl(listen->addresses[i], ports[i]) +
            "; stop with Ctrl-C");
  }
  std::optional<Publishing> publishing;
  if (registry) publishing.emplace(*registry, !options.publish.log_keys.empty());
  const auto failure = [&] { return publishing ? publishing->failure() : std::nullopt; };
  ServeUntilSignal(
      {[&] { Reload(*serving.listener, listen->addresses); }, [&] { return !failure(); }});
  serving.listener->Drain(seconds(options.drain_time));
  if (const auto why = failure()) return *why;
  return 0;
}

}  // namespace

void AddServe(Command& top) { top.Add("serve", "Answer over HTTP from a ledger", Serve()); }

}  // namespace cityid::cli
