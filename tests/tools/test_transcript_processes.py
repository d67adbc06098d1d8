"""Console blocks: background jobs, Ctrl-C, time limits, and what is left behind."""
import sys
import textwrap
import unittest

from transcript_case import TranscriptTest


class Processes(TranscriptTest):
    def test_a_background_job_is_waited_for_and_can_be_killed(self) -> None:
        # Not a shell script: bash may take a signal in the midst of parsing, and then its trap makes no sense to it.
        self.write("server", textwrap.dedent(f"""\
            #!{sys.executable}
            import os, signal, sys, time
            def stop(*_):
                print(f"[parent {{os.getpid()}}] stopped", flush=True)
                sys.exit(0)
            signal.signal(signal.SIGTERM, stop)
            time.sleep(0.3)
            print(f"[parent {{os.getpid()}}] listening on 43210", flush=True)
            while True:
                signal.pause()
            """), executable=True)
        self.assert_right("""\
            ```console
            $ ./server &
            [parent 4711] listening on 8000
            $ kill -0 4711 && echo talks to 8000
            talks to 8000
            $ kill %1
            [parent 4711] stopped
            ```""")

    def test_the_shell_s_own_notices_do_not_count(self) -> None:
        self.assert_right("""\
            ```console
            $ sleep 50 &
            $ kill %1
            $ sleep 0.1
            $ sh -c 'kill -9 $$'
            Killed
            $ no-such-program
            bash: no-such-program: command not found
            ```""")

    def test_control_c_reaches_the_command_in_the_foreground(self) -> None:
        self.assert_right("""\
            ```console
            $ bash -c 'trap "echo bye; exit 3" INT; echo ready; while :; do sleep 0.05; done'
            ready
            ^C
            bye
            $ echo $?
            3
            $ sleep 50
            ^C
            $ echo $?
            130
            ```""")

    def test_control_c_for_a_command_that_ends_by_itself_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo a
            a
            b
            ^C
            ```""", 4, "nothing more")

    def test_control_c_with_nothing_in_the_foreground_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ echo a
            a
            ^C
            ```""", 2, "ended by itself")

    def test_a_process_left_behind_fails_and_is_killed(self) -> None:
        self.assert_wrong("""\
            ```console
            $ sleep 77 &
            ```""", 2, "left behind", "sleep 77", grace=0.3)

    def test_a_process_that_hides_in_a_session_of_its_own_is_found(self) -> None:
        self.assert_wrong("""\
            ```console
            $ (setsid sleep 77 >/dev/null 2>&1 &)
            ```""", 2, "left behind", "sleep 77", grace=0.3)

    def test_an_orphan_that_has_ended_is_gone(self) -> None:
        self.assert_right("""\
            ```console
            $ sh -c 'sleep 0.1 & echo $!' > pid
            $ while ps -p $(cat pid) > /dev/null; do sleep 0.05; done; echo gone
            gone
            ```""")

    def test_a_block_that_takes_too_long_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ sleep 77
            ```""", 2, "had not ended", limit=0.3)
        self.assert_wrong("""\
            ```console
            $ sleep 77 &
            ready
            ```""", 3, "expected: ready", "were over", limit=0.3)

    def test_a_block_that_is_no_transcript_fails(self) -> None:
        self.assert_wrong("```console\nhello\n```", 2, "starts with `$ `")
        self.assert_wrong("```console backwards\n$ true\n```", 1, "backwards")
        self.assert_wrong("```console\n```", 1, "empty")

    def test_a_block_that_ends_its_own_bash_fails(self) -> None:
        self.assert_wrong("""\
            ```console
            $ exit 3
            $ echo a
            a
            ```""", 2, "ended the bash")


if __name__ == "__main__":
    unittest.main()
