#!/usr/bin/env bash
# Compares what a build finds with every instruction set of this machine with what the other finds with the least one.
# usage: compare.sh REFERENCE-DIGEST DIGEST
set -euo pipefail
reference=$(mktemp)
trap 'rm -f "$reference"' EXIT

best=$(env -u MASKAUDIT_INSTRUCTION_SET "$2" --instruction-set)
MASKAUDIT_INSTRUCTION_SET=sse2 "$1" >"$reference"
for set in sse2 avx2 avx512; do
    echo -n "$set: "
    [[ $(MASKAUDIT_INSTRUCTION_SET=$set "$2" --instruction-set) == "$set" ]]
    MASKAUDIT_INSTRUCTION_SET=$set "$2" "$reference"
    [[ $set != "$best" ]] || break
done

# What the machine has not, or nobody has, is refused by name.
if refusal=$(MASKAUDIT_INSTRUCTION_SET=altivec "$2" 2>&1); then
    echo "an unknown instruction set was accepted" >&2
    exit 1
fi
[[ $refusal == *"MASKAUDIT_INSTRUCTION_SET is 'altivec': on this machine it must be one of sse2"* ]]
