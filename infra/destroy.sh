#!/bin/sh
# Deletes the stack of a stage, after a question (`make destroy`). What holds data is kept.
#   STAGE     names the stack: product-portal-$STAGE
#   CONFIRM   the stage once more, where nobody can answer
set -eu
cd -- "$(dirname -- "$0")/.."

fail() {
    echo "$1" >&2
    exit 1
}

[ -n "${STAGE:-}" ] || fail "Name the stage: make destroy STAGE=dev"
[ "$STAGE" != local ] || fail "The stage local is the local engines': make down"

# The CLI itself reads only the second.
[ -z "${AWS_REGION:-}" ] || export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-$AWS_REGION}"

aws() {
    .venv/bin/python -m awscli "$@"
}

stack=product-portal-$STAGE
aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query 'Stacks[0].StackStatus' >/dev/null || fail "There is no stack $stack."

cat <<END
This deletes $stack: its functions, state machines, API, queues and alarms. Messages that wait in
its queues are lost.
Kept, and still paid for: the buckets of uploads and results, the users, and, where the stack made
them, the database with its network and login, and the key. docs/deploy.md says how to delete those.
END
answer=${CONFIRM:-}
if [ -z "$answer" ]; then
    printf 'Type the stage to go on: '
    read -r answer || answer=
fi
[ "$answer" = "$STAGE" ] || fail "Nothing was deleted."
aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack" ||
    fail "It was not deleted whole. See why:
aws cloudformation describe-stack-events --stack-name $stack"
echo "$stack is deleted."
