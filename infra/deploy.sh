#!/bin/sh
# Deploys build/ to the AWS account that the AWS CLI is set up for (`make deploy`); with the word
# `diff` it shows what a deployment would change, and changes nothing (`make diff`).
#   STAGE             names the stack: product-portal-$STAGE
#   ARTIFACTS_BUCKET  a bucket of that account and region, for the code
#   PARAMETERS        "Name=value …" of infra/template.yaml, such as MongodbUriSecretArn=arn:…
#   QUOTA             concurrent Lambda executions of the account; a new stack asks the account
#   SMOKE=no          leaves out the test at the end
set -eu
verb=${1:-deploy}
cd -- "$(dirname -- "$0")/.."

fail() {
    echo "$1" >&2
    exit 1
}

[ -n "${STAGE:-}" ] || fail "Name the stage: make deploy STAGE=dev ARTIFACTS_BUCKET=…"
[ -n "${ARTIFACTS_BUCKET:-}" ] || fail "Name the bucket for the code: make deploy ARTIFACTS_BUCKET=…"
[ "$STAGE" != local ] || fail "The stage local is the local engines': make up"

# The CLI itself reads only the second.
[ -z "${AWS_REGION:-}" ] || export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-$AWS_REGION}"

aws() {
    .venv/bin/python -m awscli "$@"
}

stack=product-portal-$STAGE

# Nothing when there is no such stack yet. Any other failure must not be taken for a new stack.
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
of_the_stack() {
    aws cloudformation describe-stacks --stack-name "$stack" --output text --query "$1" \
        2>"$errors" && return
    grep -q "does not exist" "$errors" || fail "The stack $stack cannot be looked at:
$(cat "$errors")"
}

status=$(of_the_stack 'Stacks[0].StackStatus')
case "$status" in
DELETE_FAILED)
    fail "The stack $stack is in $status: it was deleted, but not whole.
See why:     aws cloudformation describe-stack-events --stack-name $stack
Then finish: make destroy STAGE=$STAGE"
    ;;
ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED)
    fail "The stack $stack is in $status: its creation failed, and such a stack cannot be updated.
See why:     aws cloudformation describe-stack-events --stack-name $stack
Delete it:   aws cloudformation delete-stack --stack-name $stack
             aws cloudformation wait stack-delete-complete --stack-name $stack
Then run make deploy again. No data is lost: the stack never served anything. Its network and
database, if they were complete, stay, and cost: docs/deploy.md, Delete."
    ;;
UPDATE_ROLLBACK_FAILED)
    fail "The stack $stack is in $status: an update failed, and so did the way back.
See why:     aws cloudformation describe-stack-events --stack-name $stack
Finish it:   aws cloudformation continue-update-rollback --stack-name $stack
Then run make deploy again."
    ;;
REVIEW_IN_PROGRESS) ;; # a change set of a first deployment that was never executed
*_IN_PROGRESS)
    fail "The stack $stack is being changed ($status). Run make deploy again when that is over."
    ;;
esac

# What is not named keeps the value that the stack has.
bundle=$(of_the_stack "Stacks[0].Parameters[?ParameterKey=='MongodbTlsCaFile'].ParameterValue | [0]")
kind=$(of_the_stack "Stacks[0].Parameters[?ParameterKey=='DatabaseKind'].ParameterValue | [0]")
for word in ${PARAMETERS:-}; do
    case "$word" in
    MongodbTlsCaFile=*) bundle=${word#MongodbTlsCaFile=} ;;
    DatabaseKind=*) kind=${word#DatabaseKind=} ;;
    esac
done
[ "$kind" = existing ] || bundle=certificates/global-bundle.pem # the stack makes a DocumentDB
bundle=${bundle#/var/task/} # where a function's code lies
case "$bundle" in
"" | None | /*) ;; # no TLS, or a file outside the package
*)
    [ -f "build/code/$bundle" ] || fail "The functions would not find the CA bundle $bundle (MongodbTlsCaFile).
Put it into infra/certificates/, see the README there, and run make deploy again. For DocumentDB:
curl --output infra/certificates/global-bundle.pem \\
     https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
    ;;
esac

# How much runs at once follows the account's quota, for a new stack, or where QUOTA says so.
pace=
case "$status" in
"" | REVIEW_IN_PROGRESS) new=yes ;;
*) new= ;;
esac
if [ -n "$new" ] && [ -z "${QUOTA:-}" ]; then
    QUOTA=$(aws lambda get-account-settings --output text \
        --query AccountLimit.ConcurrentExecutions 2>/dev/null) || QUOTA=10
fi
case "${QUOTA:-}" in
"") ;;
*[!0-9]*) fail "QUOTA must be a number of executions, not $QUOTA" ;;
*)
    pace=$(.venv/bin/python -m infra.aws.pace "$QUOTA")
    echo "Pace of an account with $QUOTA concurrent executions: $pace"
    ;;
esac

# A word of PARAMETERS wins over one of the pace.
overrides=
for word in $pace; do
    case " ${PARAMETERS:-} " in
    *" ${word%%=*}="*) ;;
    *) overrides="$overrides $word" ;;
    esac
done
overrides="$overrides ${PARAMETERS:-}"

# Part of each function's package, so that SAM publishes a version whenever one runs with other
# settings or layers; in 1980, as all files of the package.
{
    printf '%s\n' "$overrides"
    cat requirements/*.txt infra/*.yaml
} | cksum >build/code/release
touch -t 198001010000 build/code/release

aws cloudformation package --template-file infra/template.yaml \
    --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
    --output-template-file build/packaged.yaml
release=$(find build/code -type f -exec cksum {} + | sort | cksum | cut -d ' ' -f 1)

# shellcheck disable=SC2086  # the parameters are a list of words
deploy() {
    aws cloudformation deploy --template-file build/packaged.yaml \
        --stack-name "$stack" \
        --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset "$@" \
        --parameter-overrides "Stage=$STAGE" "Release=$release" $overrides
}

if [ "$verb" = diff ]; then
    said=$(deploy --no-execute-changeset)
    change_set=$(printf '%s\n' "$said" | sed -n 's/.*\(arn:[^ ]*:changeSet\/[^ ]*\).*/\1/p' | head -n 1)
    if [ -z "$change_set" ]; then
        echo "Nothing would change."
        exit 0
    fi
    aws cloudformation describe-change-set --change-set-name "$change_set" --output table \
        --query 'Changes[].ResourceChange.[Action, Replacement, LogicalResourceId, ResourceType]'
    aws cloudformation delete-change-set --change-set-name "$change_set"
    # what a change set of a new stack leaves: an empty stack
    if [ -n "$new" ] && [ "$(of_the_stack 'Stacks[0].StackStatus')" = REVIEW_IN_PROGRESS ]; then
        aws cloudformation delete-stack --stack-name "$stack"
    fi
    exit 0
fi

deploy
aws cloudformation describe-stacks --stack-name "$stack" \
    --query 'Stacks[0].Outputs' --output table
[ "${SMOKE:-}" = no ] || STAGE=$STAGE .venv/bin/python -m infra.aws.smoke
