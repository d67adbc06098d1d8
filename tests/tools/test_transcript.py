"""Console blocks: what output passes, and each way in which it must fail."""
import unittest

from transcript_case import TranscriptTest


class Output(TranscriptTest):
    def test_a_block_within_a_list_is_run_as_well(self) -> None:
        block = """\
            1. **Predict** what it says:

               ```console
               $ echo one; echo ' two'
               one
                {}
               ```"""
        self.assert_right(block.format("two"))
        self.assert_wrong(block.format("three"), 6, "three")

    def test_the_commands_of_a_block_share_one_bash(self) -> None:
        self.assert_right("""\
            ```console
            $ word=hello; mkdir d; cd d
            $ echo $word from ${PWD##*/}
            hello from d
            $ false
            $ echo $?
            1
            ```""")

    def test_a_command_may_go_on_in_the_next_line(self) -> None:
        self.assert_right("""\
            ```console
            $ echo one \\
                two
            one two
            ```""")

    def test_output_without_a_newline_and_on_stderr_counts(self) -> None:
        self.assert_right("""\
            ```console
            $ printf out; echo err >&2
            outerr
            $ printf end
            end
            ```""")

    def test_commands_see_a_private_home_and_the_build_tree(self) -> None:
        self.assert_right("""\
            ```console
            $ echo $PORT $LC_ALL ${WORKSHOP_BUILD_DIR##*/}; ls -A "$HOME"; test "$HOME" = "$TMPDIR"; echo $?
            0 C tree
            0
            ```""")

    def test_a_path_in_the_dev_tree_means_the_tree_under_test(self) -> None:
        self.write("tree/tool", "#!/bin/sh\necho from the tree\n", executable=True)
        self.assert_right("""\
            ```console
            $ build/dev/tool
            from the tree
            ```""")

    def test_commands_get_no_input_and_no_stray_descriptor(self) -> None:
        self.assert_right("""\
            ```console
            $ cat; ls /proc/self/fd | tr '\\n' ' '
            0 1 2 3
            ```""")

    def test_a_long_number_is_a_name_in_output_and_later_commands(self) -> None:
        self.assert_right("""\
            ```console
            $ echo "pid 17 port 40123; port 40123"
            pid 4711 port 8000; port 8000
            $ echo 8000 | tr 0-9 a-j
            eabcd
            ```""")

    def test_a_number_that_changes_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo port 40123; echo port 40124
            port 8000
            port 8000
            ```""", 4, "expected: port 8000", "got:      port 40124", "port 40123")

    def test_a_number_first_seen_in_a_command_stands_for_itself(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo 1000 of 1000 | sed 's/.... of/999 of/'
            1000 of 1000
            ```""", 3, "got:      999 of 1000")

    def test_a_short_number_is_no_name(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo 201 hits
            200 hits
            ```""", 3, "got:      201 hits")

    def test_wrong_output_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo a
            $ echo b
            ```""", 2, "does not show: `a`")
        self.assert_wrong("""\
            ```console
            $ echo a
            b
            ```""", 3, "expected: b", "got:      a")

    def test_extra_output_at_the_end_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo a; echo b
            a
            ```""", 3, "does not show: `b`")

    def test_missing_output_fails_at_once_when_nothing_can_come_any_more(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo a
            a
            b
            ```""", 4, "expected: b", "nothing more", limit=1e9)

    def test_unordered_output_may_come_in_any_order_with_consistent_numbers(self) -> None:
        self.assert_right("""\
            ```console unordered
            $ printf '%s\\n' 'child 12 up' 'child 11 up' '11 done' '12 done'
            child 7001 up
            child 7002 up
            7002 done
            7001 done
            ```""")

    def test_unordered_output_with_inconsistent_numbers_fails(self) -> None:
        self.assert_wrong("""\
            ```console unordered
            $ printf '%s\\n' 'child 12 up' '13 done'
            7001 done
            child 7001 up
            ```""", 3, "no assignment")

    def test_unordered_output_with_a_line_too_many_fails(self) -> None:
        self.assert_wrong("""\
            ```console unordered
            $ echo a; echo b; echo a
            b
            a
            ```""", 2, "1 lines of output")

    def test_unordered_output_with_a_line_missing_fails(self) -> None:
        self.assert_wrong("""\
            ```console unordered
            $ echo a; echo b
            c
            a
            ```""", 3, "expected: c", "nothing like it")


if __name__ == "__main__":
    unittest.main()
