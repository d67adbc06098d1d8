"""The help texts: one per verb, and one for the whole."""

OVERVIEW = """\
Cluster Workshop: a multi-process server in C++20, built stage by stage.

usage: ./workshop VERB [...]

  run [N] [PROGRAM] [ARGS...]   build what is needed and run a stage's program
  test [N]                      build everything and run all tests, or those of stage N
  lesson N                      read the lesson of stage N here
  list                          the stages, what each teaches, their programs
  doctor [--fix]                look at this machine, item by item; --fix installs what is missing
  bench [--quick] [ROW...]      how fast it is, beside Node, nginx, Redis and others
  bench sweep                   the concurrency sweep of docs/load-testing.md, drawn

Writing a stage yourself (docs/exercises.md):
  start N [--workshop]          get the files of stage N, with what you are to write cut out, into work/NN
  check [N] [ID]                build with your files, run the checks, name the first fault
  watch [N]                     the same at every save
  hint [ID]                     help for the present fault, a little more with each call
  explain ID                    the whole story behind a check
  predict N [ID]                a question first, then the program that answers it
  show [PID | PROGRAM...]       which process holds which end of which pipe, socket and lock
  use N mine|reference          whose files of stage N the later stages are checked with
  diff N, reset N               what you have changed; begin anew (the old files are kept)

For whoever hands in an exercise, and whoever grades it (docs/grading.md):
  pack N                        the files of work/N in one archive, to hand in
  handout N --out DIR           a folder to hand out: the files to write, the lesson, what is judged
  grade DIR --stage N           judge a folder of submissions; a table, points, a page for each student
  groups DIR                    what grade --out DIR has found, sorted by fault

N may be 3, 03, 03-handle-passing or handle-passing. ./workshop VERB --help tells more.
Exit codes: 0 green, 1 the work fails, 2 the environment, 3 usage.
"""

VERBS = {
    "run": """\
usage: ./workshop run [N] [PROGRAM] [ARGS...]

Installs what is missing (with apt; elsewhere it names the packages), builds what PROGRAM needs in build/dev and
becomes PROGRAM: Ctrl-C, signals and the exit code are the program's own.
Without PROGRAM: the program that shows stage N best. Without N: the latest stage.

  ./workshop run 03                             the demo of stage 03
  ./workshop run 03 --help                      that program's own help
  ./workshop run 01 exec_demo 'ls | wc -l'      another program of a stage, with arguments
  ./workshop run processes-and-threads          what both cost on this machine: docs/processes-and-threads.md

With WORKSHOP_BUILD_DIR=DIR the programs in that build tree are run as they are; nothing is installed or built.
""",
    "test": """\
usage: ./workshop test [N]

Installs what is missing, builds everything in build/dev and runs all tests, or those labelled with stage N.
Exit code 0 if all passed (skipped ones are listed), 1 if the build or a test failed, 2 if the environment lacks
something.
""",
    "lesson": """\
usage: ./workshop lesson N

Shows the lesson of stage N: paged on a terminal ($PAGER, else less), as plain text into a pipe.
""",
    "list": """\
usage: ./workshop list

Lists the stages: what each teaches, and its programs (the one that `run N` starts is marked with *).
""",
    "doctor": """\
usage: ./workshop doctor [--fix]

Looks for everything the workshop needs and tells, item by item, what was found and the remedy for what was not.
--fix installs what is missing, with apt. Exit code 0 if all that is needed is here, else 2.
""",
    "bench": """\
usage: ./workshop bench [--quick] [--out DIR] [ROW...]
       ./workshop bench sweep [--quick] [--out DIR]
       ./workshop bench --list

Installs the peers (nginx, redis-server, wrk, ...), builds the optimised tree in build/bench, lets everybody do the
same work in turn on loopback and writes results.md, results.json and plots into bench/results (with --quick into
bench/results/quick). Without ROW: all of them, about 25 minutes; with --quick about 3, and rougher.
Keep the machine quiet meanwhile: rounds with foreign load are dropped and counted.
sweep draws throughput and response time by the number of connections, for Node and for ours.
bench/README.md says what each figure means.
""",
    "start": """\
usage: ./workshop start N [--workshop]

Writes the files of stage N that you are to complete into work/NN, with the functions cut out, and says what to do
there. --workshop takes the small cut: one function or two, for a lesson with others. Work that is already there is
never touched; ./workshop reset N begins anew.
""",
    "use": """\
usage: ./workshop use [N mine|reference]

Says whose files of stage N the checks of later stages are linked with: yours, or those of the repository (as long as
you do not say `mine`). So no unfinished stage holds up a later one. Without words: shows how it stands.
""",
    "reset": """\
usage: ./workshop reset N [--workshop | --assignment]

Puts fresh files into work/NN and keeps yours in work/backup/NN-1, NN-2, ...; the cut stays unless you name another.
""",
    "diff": """\
usage: ./workshop diff [N]

Shows what you have changed in work/NN since it was handed out, as a unified diff.
""",
    "check": """\
usage: ./workshop check [N] [ID]

Compiles your files that have changed, links them with the rest of the repository and runs the checks of stage N (the
one begun or checked last), or the one called ID. The first fault is told in full, with the line to look at; mend it
first, as others may follow from it. The very first check builds what it needs, which takes some minutes.
Exit code 0 if all pass, 1 if there is a fault, 2 if the environment lacks something.
""",
    "watch": """\
usage: ./workshop watch [N]

Checks stage N again whenever you save one of its files in work/NN. Ctrl-C ends.
""",
    "hint": """\
usage: ./workshop hint [ID]

Helps with the fault that the last check named first (or with the check ID). Each call tells more: a question, the
concept and its man page, a near miss, an outline.
""",
    "explain": """\
usage: ./workshop explain [ID]

Shows the page about a check, or about the present fault: what goes wrong, why, and what the kernel has to do with it.
""",
    "predict": """\
usage: ./workshop predict N [ID]

Asks what a program is going to do, takes your answer, then builds what is missing and runs it. Without ID: the next
question that you have not answered yet. Your answers are kept in work/.state.json.
""",
    "show": """\
usage: ./workshop show [--once] [PID | PROGRAM...]

Shows a process and its children: which of them holds which end of which pipe, socket and lock, and what each waits
for. Drawn anew twice a second on a terminal, else (or with --once) once. PROGRAM is started and shown until it ends; it
is looked for like that of `run`, else in PATH. Without a word: what runs from this repository's build trees.

  ./workshop show 4711
  ./workshop show ping_parent
  ./workshop show --once sh -c 'sleep 1 | cat'
""",
    "pack": """\
usage: ./workshop pack N [--out FILE]

Packs the exercise's files of work/N into work-N.tar.gz (or FILE) in the current folder, and says what is in it.
The same files make the same archive. Warns of files in which something is still to be written.
""",
    "handout": """\
usage: ./workshop handout N --out DIR [--workshop]

Fills the new folder DIR with what students need for exercise N: the files with their functions cut out, the lesson,
the goal, what is judged and for how many points, and how to begin. --workshop: the smaller cut of a workshop's day.
""",
    "grade": """\
usage: ./workshop grade DIR --stage N [--repeat 3] [--jobs K] [--out DIR] [--workshop]

DIR holds a folder, or an archive made by pack, for each student. Only the exercise's own files are taken; the tests
are ours. Every check runs alone, without network, within limits, --repeat times; one that does not pass each time
is unsteady and counts nothing. --jobs submissions are judged at once (as many as there are cpus).
Prints a table. --out DIR gets results.json, junit.xml, grades.csv, a page for each student in students/ and a
results.json for Gradescope in gradescope/. --workshop: judges the smaller cut of a workshop's day.
Exit code 0 when all were graded, however well; docs/grading.md tells what is taken and what the limits are.

  ./workshop grade handed-in --stage 02 --out graded
""",
    "groups": """\
usage: ./workshop groups DIR

Sorts what `grade --out DIR` has found by fault: which check failed with which observation (but for numbers and
paths), the most frequent first, with an example of each.
""",
}
