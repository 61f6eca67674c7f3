# SPDX-License-Identifier: GPL-2.0-or-later
"""git and gcc: programs without exported names, programs that start others."""
import glob
import os
import shutil
import subprocess

import lgsys

COMMITS = 16000


def long_history(where):
    """A repository of many small commits."""
    stream = []
    for n in range(COMMITS):
        note = f"change {n}\n"
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.org> {1600000000 + n} +0000\ndata {len(note)}\n{note}"
                      f"M 100644 inline f{n % 50}\ndata {len(note)}\n{note}")
    env = lgsys.clean_env(HOME=str(where), GIT_CONFIG_NOSYSTEM="1")
    subprocess.run(["git", "init", "-q", "-b", "main", str(where)], check=True, env=env, timeout=60)
    subprocess.run(["git", "-C", str(where), "fast-import", "--quiet"], input="\n".join(stream).encode(), check=True, env=env,
                   timeout=120)
    return str(where)


class TestGit:
    """Debian's git is stripped and exports nothing: only objects and libc's functions can be named."""

    def test_history_walk_grows(self, tmp_path):
        repository = long_history(tmp_path / "repository")
        profile = lgsys.run(tmp_path / "log.lg", ["/usr/bin/git", "-C", repository, "log", "--stat"],
                            env=lgsys.clean_env(HOME=str(tmp_path), GIT_PAGER="cat"))
        assert lgsys.intervals(profile) >= 64
        first = profile.growth()[0]
        assert any(frame["object"].endswith("/git") for frame in first["stack"])
        assert not any(finding["stack"] == [] for finding in profile.findings)
        lgsys.assert_consistent(profile)

    def test_same_objects_again_are_bounded(self, tmp_path):
        repository = long_history(tmp_path / "repository")
        names = tmp_path / "names"
        names.write_text("".join(f"main~{i % 20}:f{i % 10}\n" for i in range(80000)))
        profile = lgsys.run(tmp_path / "cat.lg", ["/usr/bin/git", "-C", repository, "cat-file", "--batch"], stdin=names,
                            env=lgsys.clean_env(HOME=str(tmp_path)))
        assert lgsys.intervals(profile) >= 64
        assert profile.growth() == []
        lgsys.assert_consistent(profile)


class TestGcc:
    def test_every_program_of_a_compilation(self, tmp_path):
        """The driver, the compiler, the assembler and the linker each leave a whole profile."""
        source = tmp_path / "many.c"
        source.write_text("".join(f"int f{i}(int x) {{ int s = {i}; while (x-- > 0) s = s * 31 + x; return s; }}\n"
                                  for i in range(400)) + "int main(void) { return f7(3) == 0; }\n")
        program = tmp_path / "many"
        code = lgsys.call(lgsys.valgrind_command(tmp_path / "gcc.%p.lg", ["--trace-children=yes"],
                                                 ["/usr/bin/gcc", "-O1", str(source), "-o", str(program)]),
                          env=lgsys.clean_env(TMPDIR=str(tmp_path)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert code == 0
        assert subprocess.run([str(program)], timeout=30).returncode in (0, 1)
        profiles = {}
        for path in glob.glob(str(tmp_path / "gcc.*.lg")):
            profile = lgsys.Profile(path)
            profiles[os.path.basename(profile.report["command"][0])] = profile
        assert {"cc1", "as", "collect2", "ld"} <= set(profiles), sorted(profiles)
        assert any("gcc" in name for name in profiles)
        for name, profile in profiles.items():
            assert profile.report["end"] == "exit", name
            assert profile.report["totals"]["allocs"] > 0, name
        compiler = profiles["cc1"]
        assert lgsys.intervals(compiler) >= 64
        names = {frame["fn"] for account in compiler.report["accounts"] for frame in account["stack"]}
        assert {"xmalloc", "toplev::main", "main"} & names == {"xmalloc", "main"} or "main" in names
        assert compiler.report["totals"]["peak_B"] > 500000
