"""The hostile side of the trust boundary: the processes in which guest code is compiled and run."""
