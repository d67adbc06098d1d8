"""The library as others use it: found installed, named by pkg-config, added as a folder; and its headers alone."""
import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORBIDDEN = re.compile(r"\S*/(?:boost/beast|nlohmann/json\.hpp)\S*")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def install(given, prefix):
    run(given.cmake, "--install", given.build, "--prefix", prefix)


def check_serves(program):
    """Starts the consumer, asks it, and stops it: the installed library is whole."""
    with subprocess.Popen([str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if found := re.search(r"listening on port (\d+)", line):
                    break
            else:
                sys.exit("the consumer ended before it listened:\n" + "".join(said))
            with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/", timeout=30) as answer:
                assert answer.read() == b"hello\n"
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        assert process.returncode == 0, f"exit code {process.returncode}"


def configure_and_build(given, folder, *options):
    run(given.cmake, "-S", HERE / "consumer", "-B", folder, "-G", "Ninja",
        f"-DCMAKE_CXX_COMPILER={given.compiler}", *options)
    run(given.cmake, "--build", folder, "--target", "consumer")
    check_serves(folder / "consumer")


def check_find_package(given, folder):
    install(given, folder / "prefix")
    configure_and_build(given, folder / "build", f"-DCMAKE_PREFIX_PATH={folder / 'prefix'}")


def check_add_subdirectory(given, folder):
    configure_and_build(given, folder / "build", f"-DCLUSTER_WORKSHOP_FOLDER={given.source}",
                        "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0")


def check_pkg_config(given, folder):
    if not shutil.which("pkg-config"):
        print("SKIPPED: pkg-config is not here")
        sys.exit(77)
    install(given, folder / "prefix")
    # The prefix that was configured is not where it was put just now.
    search = dict(os.environ, PKG_CONFIG_PATH=":".join(str(path.parent) for path in folder.rglob("*.pc")))
    flags = run("pkg-config", f"--define-variable=prefix={folder / 'prefix'}", "--cflags", "--libs",
                "cluster_workshop", env=search)
    cflags = [word for word in flags.split() if word.startswith(("-I", "-D", "-std"))]
    libs = [word for word in flags.split() if word.startswith(("-L", "-l"))]
    run(given.compiler, *cflags, HERE / "consumer/main.cpp", "-o", folder / "consumer", *libs)
    check_serves(folder / "consumer")


def check_headers(given, folder):
    """Each installed header compiles alone, finds what it includes, and brings nothing heavy with it."""
    install(given, folder / "prefix")
    include = folder / "prefix/include"
    headers = sorted(include.rglob("*.hpp"))
    assert len(headers) > 20, headers

    def compile_alone(header):
        needs = folder / f"{header.parent.name}-{header.stem}.d"
        run(given.compiler, "-std=c++20", "-Wall", "-Wextra", "-fsyntax-only", "-x", "c++", "-I", include,
            "-I", include / "cluster_workshop", "-DBOOST_ASIO_SEPARATE_COMPILATION", "-MD", "-MF", needs, header)
        if heavy := FORBIDDEN.search(needs.read_text()):
            sys.exit(f"{header.relative_to(include)} brings in {heavy[0]}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_alone, headers))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["find_package", "pkg_config", "add_subdirectory", "headers"])
    for name in ["source", "build"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ["cmake", "compiler"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        globals()[f"check_{given.what}"](given, Path(folder))


if __name__ == "__main__":
    main()
