"""The rules checker: the rules of the house that a program can see. One module per kind of rule, one ctest per rule.

    cpp         C++ with comments and literals blanked out
    tree        which files there are
    layers      a stage stands on earlier stages and support alone; includes are rooted at the repository
    processes   where processes are made; one process is one thread
    ownership   no shared ownership; a child is watched through its pidfd
    tidy        files stay small; nothing is left over
"""
