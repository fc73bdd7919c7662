#!/usr/bin/env bash
# Runs a program on some ranks of this machine, more of them than it has cores, and as root where tests are.
# usage: on_ranks.sh MPIEXEC RANKS PROGRAM [ARGUMENT...]
set -euo pipefail
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none # for which containers have no permission
export ASAN_OPTIONS=detect_leaks=0 # OpenMPI's own
exec "$1" -n "$2" "${@:3}"
