// adopts PROGRAM ARGUMENTS...: becomes the program, to which the kernel gives the orphans among its
// descendants, as to the first process of a container.
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc < 2 || ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 2;
    ::execv(argv[1], argv + 1);
    return 127;
}
