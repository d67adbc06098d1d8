"""The lesson checker: a lesson is right when everything in it holds. Standard library only.

    markdown  a page's headings, fenced blocks and prose
    template  the headings a lesson has, in their order, and how long it may be
    excerpts  code shown in a page stands in the file it names
    links     a relative link leads somewhere
    console   what a `console` block says: commands and the output expected of them
    names     numbers in that output are names
    shell     one bash on a terminal of its own, and what it leaves behind
    transcript  runs a console block and compares
    check     all of it, for one page
"""
