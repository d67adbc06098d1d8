"""What is taken of a submission, what is refused, and that a refusal is in words."""
import io
import os
import tarfile
import unittest
import zipfile

from context import WithFolder

from kit import archives, submissions

WANTED = ["frame_decoder.cpp", "outbox.cpp"]


class Taking(WithFolder):
    def take(self, name: str) -> submissions.Submission:
        return submissions.take(name, self.folder / name, WANTED, "02")

    def assert_refused(self, name: str, *words: str) -> None:
        taken = self.take(name)
        self.assertEqual(taken.texts, {})
        for word in words:
            self.assertIn(word, taken.refused)

    def tar(self, name: str, *members: "tuple[str, bytes, bytes]") -> None:
        """Members are (path, bytes, type)."""
        with tarfile.open(self.folder / name, "w:gz") as archive:
            for path, data, kind in members:
                member = tarfile.TarInfo(path)
                member.type, member.size, member.linkname = kind, len(data), "/etc/passwd"
                archive.addfile(member, io.BytesIO(data))


class Folders(Taking):
    def test_the_listed_files_are_taken_from_any_nesting_and_nothing_else_is(self) -> None:
        for place in ("work/02", "02", ".", "my solution", "02-fork-ipc"):
            self.write(f"{place}-student/{place}/outbox.cpp", f"// {place}")
            self.write(f"{place}-student/{place}/outbox_test.cpp", "")
            self.write(f"{place}-student/CMakeLists.txt", "")
            self.assertEqual(self.take(f"{place}-student").texts, {"outbox.cpp": f"// {place}"})

    def test_the_file_in_work_goes_before_others_and_another_stage_s_is_none(self) -> None:
        for place in ("work/02", "02", "old", "03", "work/01", "06-cluster-lib"):
            self.write(f"ann/{place}/outbox.cpp", place)
        self.assertEqual(self.take("ann").texts, {"outbox.cpp": "work/02"})
        self.write("bob/03/outbox.cpp", "")
        self.assertEqual(self.take("bob").texts, {})

    def test_two_that_are_equally_good_are_refused(self) -> None:
        self.write("ann/new/outbox.cpp", "")
        self.write("ann/old/outbox.cpp", "")
        self.assert_refused("ann", "2 times", "new/outbox.cpp, old/outbox.cpp", "hand in one")

    def test_what_is_no_plain_text_is_refused(self) -> None:
        for name, data, word in (("big", b"x" * (1024 * 1024 + 1), "more than 1 MiB"), ("nul", b"a\0b", "zero byte"),
                                 ("latin", b"one\n// \xe9t\xe9\n", "not UTF-8 (line 2)")):
            self.write(f"{name}/outbox.cpp", "").write_bytes(data)
            self.assert_refused(name, "outbox.cpp", word)

    def test_links_pipes_and_sockets_are_refused_without_being_opened(self) -> None:
        for name in ("link", "pipe"):
            (self.folder / name).mkdir()
        os.symlink("/etc/passwd", self.folder / "link/outbox.cpp")
        os.mkfifo(self.folder / "pipe/outbox.cpp")
        self.assert_refused("link", "symbolic link")
        self.assert_refused("pipe", "no plain file")

    def test_a_linked_folder_is_not_entered(self) -> None:
        self.write("ann/outbox.cpp", "ann's")
        (self.folder / "eve").mkdir()
        os.symlink(self.folder / "ann", self.folder / "eve/work")
        os.symlink(self.folder / "ann", self.folder / "mallory")
        self.assertEqual(self.take("eve").texts, {})
        self.assert_refused("mallory", "symbolic link")

    def test_line_ends_of_another_system_do_not_matter(self) -> None:
        self.write("ann/outbox.cpp", "").write_bytes(b"a\r\nb\r\n")
        self.assertEqual(self.take("ann").texts, {"outbox.cpp": "a\nb\n"})


class Archives(Taking):
    def test_what_pack_made_is_taken_and_is_the_same_each_time(self) -> None:
        texts = {"outbox.cpp": "// é\n", "frame_decoder.cpp": "b"}
        for name in ("one.tar.gz", "two.tar.gz"):
            archives.pack(texts, "work/02", self.folder / name)
        self.assertEqual((self.folder / "one.tar.gz").read_bytes(), (self.folder / "two.tar.gz").read_bytes())
        self.assertEqual(self.take("one.tar.gz").texts, texts)

    def test_a_zip_with_a_folder_around_is_taken(self) -> None:
        with zipfile.ZipFile(self.folder / "ann.zip", "w") as archive:
            archive.writestr("ann/mine/02/outbox.cpp", "a")
            archive.writestr("__MACOSX/ann/mine/02/outbox.cpp", "b")
        self.assertEqual(self.take("ann.zip").texts, {"outbox.cpp": "a"})

    def test_paths_that_lead_out_are_refused(self) -> None:
        for name, path in (("a.tar.gz", "../outbox.cpp"), ("b.tar.gz", "/etc/outbox.cpp"), ("c.tgz", "x/../../y")):
            self.tar(name, (path, b"", tarfile.REGTYPE))
            self.assert_refused(name, "leads out of it", path)
        with zipfile.ZipFile(self.folder / "d.zip", "w") as archive:
            archive.writestr("../../outbox.cpp", "")
        self.assert_refused("d.zip", "leads out of it")

    def test_links_and_devices_are_refused(self) -> None:
        for number, (kind, word) in enumerate(((tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"),
                                               (tarfile.CHRTYPE, "device"), (tarfile.FIFOTYPE, "device"))):
            self.tar(f"{number}.tar.gz", ("outbox.cpp", b"", kind))
            self.assert_refused(f"{number}.tar.gz", word)
        link = zipfile.ZipInfo("outbox.cpp")
        link.external_attr = 0o120777 << 16
        with zipfile.ZipFile(self.folder / "e.zip", "w") as archive:
            archive.writestr(link, "/etc/passwd")
        self.assert_refused("e.zip", "a link")

    def test_a_bomb_is_refused_before_it_has_gone_off(self) -> None:
        self.tar("bomb.tar.gz", ("zeros", b"\0" * (80 * 1024 * 1024), tarfile.REGTYPE))
        self.assert_refused("bomb.tar.gz", "more than 64 MiB")
        with zipfile.ZipFile(self.folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("outbox.cpp", b" " * (80 * 1024 * 1024))
        self.assert_refused("bomb.zip", "more than 1 MiB")

    def test_rubbish_is_refused_in_words(self) -> None:
        archives.pack({"outbox.cpp": "x" * 5000}, "02", self.folder / "whole.tar.gz")
        for name, data in (("a.tar.gz", b"hello"), ("b.zip", b"PK\3\4 hello"), ("c.tar.gz", b""),
                           ("d.tar.gz", (self.folder / "whole.tar.gz").read_bytes()[:60])):
            (self.folder / name).write_bytes(data)
            self.assert_refused(name, "cannot be read")


class Students(Taking):
    def test_they_are_found_in_order_by_their_own_names(self) -> None:
        for name in ("cy.zip", "bob.tar.gz", "notes.txt", ".hidden/x", "ann/outbox.cpp", "ann.zip"):
            self.write(name, "")
        os.symlink("/etc", self.folder / "etc")
        found, others = submissions.students(self.folder)
        self.assertEqual(list(submissions.named(found)), ["ann", "ann.zip", "bob", "cy"])
        self.assertEqual(others, ["etc", "notes.txt"])

    def test_a_name_cannot_talk_to_a_terminal(self) -> None:
        self.assertEqual(submissions.printable("a\x1b[31m\nb\udcff"), "a\\x1b[31m\\x0ab\\udcff")
        self.assertEqual(submissions.student(".zip"), ".zip")


if __name__ == "__main__":
    unittest.main()
