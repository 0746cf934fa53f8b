"""A server of the demonstration's ledger with a configuration file, and what a code of it looks like."""
import unittest.mock

import cityid_process
import signed_code
from cityid_process import SHIJIAZHUANG, running, toml
from signed_code import Code

CITY = f"/{SHIJIAZHUANG}"
APPLICATIONS = "/registry/applications"
LOCAL = "127.0.0.1:0"


def set_up():
    """The demonstration, as long as a module's tests last: for `setUpModule`."""
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    return DEMO


def code_path(**claims):
    code = Code(SHIJIAZHUANG, signed_code.read_key(DEMO.code_key()), **claims)
    return f"/{code.subject}/{code.token()}"


class OperationsCase(cityid_process.Case):
    def setUp(self):
        super().setUp()
        self.directory = self.enterContext(cityid_process.temporary_directory())
        self.config = self.directory / "serve.toml"

    def copied_ledger(self):
        ledger = self.directory / "ledger"
        ledger.mkdir()
        cityid_process.copy_ledger(DEMO.ledger, ledger)
        return ledger

    def write(self, **settings):
        self.config.write_text("".join(f"{name.replace('_', '-')} = {toml(value)}\n"
                                       for name, value in settings.items()))

    def serve(self, *options, **more):
        self.served = self.enterContext(
            cityid_process.resolver(more.get("ledger", DEMO.ledger), *options, metrics=True))
        self.process = self.served.served
        return self.served

    def serve_config(self, *options, **settings):
        """With all that the file says, and flags."""
        self.write(**{"ledger": str(DEMO.ledger), "listen": [LOCAL], **settings})
        self.process = self.enterContext(running("serve", "--config", self.config, *options))
        port = int(self.process.wait_for("err", r"on http://127\.0\.0\.1:(\d+);")[1])
        self.served = cityid_process.Resolver(port, self.process)

    def lines(self):
        return self.process.text("err").splitlines()
