"""The Containerfile, read as its builder reads it: what it copies is enough to build the program, and
the image runs without root. containers_test.py runs its commands."""
import json
import pathlib
import re
import unittest

import cityid_process
from cityid_process import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "Containerfile"
INSTRUCTIONS = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
                "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions(text):
    """The instructions as (name, value), continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(" ", 1)) for line in joined.splitlines() if line.strip()]


def stages(text):
    """The instructions of each stage."""
    found = []
    for name, value in instructions(text):
        if name == "FROM":
            found.append([])
        found[-1].append((name, value.strip()))
    return found


def only(stage, name):
    """The value of the one instruction of this name."""
    values = [value for found, value in stage if found == name]
    assert len(values) == 1, f"{name}: {values}"
    return values[0]


def words(value):
    """The words of a command that is run without a shell."""
    assert value.strip().startswith("["), value
    parsed = json.loads(value)
    assert parsed and all(isinstance(word, str) for word in parsed), value
    return parsed


def health_check(stage):
    options, command = only(stage, "HEALTHCHECK").split("CMD", 1)
    assert "--timeout=" in options and "--start-period=" in options, options
    return words(command)


def check_instructions(text):
    found = instructions(text)
    assert found[0][0] == "FROM"
    for name, value in found:
        assert name in INSTRUCTIONS, name
        if name == "FROM":
            assert re.fullmatch(r"debian:1[23]-slim( AS build)?", value.strip()), value
        if name == "RUN" and "apt-get install" in value:
            assert "-y --no-install-recommends" in value and "rm -rf /var/lib/apt/lists/*" in value


def check_image(text):
    image = stages(text)[-1]
    user = only(image, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), user
    assert only(image, "VOLUME") == "/var/lib/cityid"
    owner, group = user.split(":")
    assert any(name == "RUN" and f"-o {owner} -g {group} /var/lib/cityid" in value
               for name, value in image), "the volume is not the user's"
    assert words(only(image, "ENTRYPOINT")) == ["cityid"]
    assert words(only(image, "CMD"))[0] == "serve"
    assert only(image, "STOPSIGNAL") == "SIGTERM"
    assert health_check(image)[0] == "curl" and " curl " in dict(image)["RUN"]


class Containerfile(cityid_process.Case):
    def setUp(self):
        self.text = FILE.read_text(encoding="utf-8")

    def expect_caught(self, check, *changes):
        """`check` holds for the file, and not if it is changed in one of these ways."""
        check(self.text)
        for old, new in changes:
            self.assertIn(old, self.text)
            with self.subTest(f"broken: {old!r} is {new!r}"), self.assertRaises(AssertionError):
                check(self.text.replace(old, new))

    def test_it_has_known_instructions_and_bases_of_a_known_version(self):
        self.expect_caught(check_instructions, ("debian:12-slim", "debian:latest"),
                           ("COPY cli cli", "ADD cli cli"),
                           (" --no-install-recommends", ""))

    def test_the_image_runs_without_root_on_a_volume_with_a_health_check(self):
        self.expect_caught(check_image, ("USER 10001:10001", "USER root"),
                           ("USER 10001:10001", "USER 0:0"), ("VOLUME", "EXPOSE"),
                           ("-o 10001 -g 10001", "-o root -g root"),
                           ('ENTRYPOINT ["cityid"]', "ENTRYPOINT cityid"),
                           ("HEALTHCHECK", "EXPOSE"), (" curl $(", " $("))

    def check_copies(self, text):
        copied = {source for name, value in stages(text)[0] if name == "COPY"
                  for source in value.split()[:-1]}
        for source in copied:
            assert (ROOT / source).exists(), source
        build = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        needed = {"CMakeLists.txt", "CMakePresets.json", "dev"}
        needed |= {path.name for path in ROOT.iterdir()
                   if re.search(rf"[\s(/\"]{re.escape(path.name)}[\s)/]", build)}
        assert copied == needed - {"tests", "build", "cityid"}, copied ^ needed

    def test_it_copies_what_the_build_reads_and_nothing_else(self):
        self.expect_caught(self.check_copies, ("COPY codec codec\n", ""),
                           ("COPY cli cli", "COPY tests cli"), ("NOTICE ", ""))

    def test_it_finds_the_package_of_every_library_of_the_program(self):
        line = next(value for name, value in stages(self.text)[0]
                    if name == "RUN" and value.startswith("ldd "))
        with cityid_process.temporary_directory() as place:
            line = line.replace("build/release/cityid", cityid_process.program())
            self.expect_done(run("sh", "-c", line, cwd=place))
            packages = (place / "packages").read_text().split()
        libraries = {pathlib.Path(path).name for path in
                     re.findall(r"=> (/\S+)", run("ldd", cityid_process.program()).out)}
        self.assertTrue(libraries)
        found = set()
        for owner in run("dpkg-query", "-L", *packages).out.split():
            found.add(pathlib.Path(owner).name)
        self.assertEqual(libraries - found, set())


if __name__ == "__main__":
    cityid_process.main()
