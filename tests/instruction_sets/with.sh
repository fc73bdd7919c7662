#!/usr/bin/env bash
# Runs a command with an instruction set; exits with 77 on a machine that has not this one.
# usage: with.sh DIGEST INSTRUCTION-SET COMMAND...
set -euo pipefail
best=$(env -u MASKAUDIT_INSTRUCTION_SET "$1" --instruction-set)
for set in sse2 avx2 avx512; do
    [[ $set != "$2" ]] || MASKAUDIT_INSTRUCTION_SET=$set exec "${@:3}"
    [[ $set != "$best" ]] || exit 77
done
