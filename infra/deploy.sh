#!/bin/sh
# Deploys build/ to the AWS account that the AWS CLI is set up for (`make deploy`).
#   STAGE             names the stack: product-portal-$STAGE
#   ARTIFACTS_BUCKET  a bucket of that account and region, for the code
#   PARAMETERS        "Name=value …" of infra/template.yaml, such as MongodbUriSecretArn=arn:…
set -eu
cd -- "$(dirname -- "$0")/.."

fail() {
    echo "$1" >&2
    exit 1
}

[ -n "${STAGE:-}" ] || fail "Name the stage: make deploy STAGE=dev ARTIFACTS_BUCKET=…"
[ -n "${ARTIFACTS_BUCKET:-}" ] || fail "Name the bucket for the code: make deploy ARTIFACTS_BUCKET=…"
[ "$STAGE" != local ] || fail "The stage local is the local engines': make up"

aws() {
    .venv/bin/python -m awscli "$@"
}

stack=product-portal-$STAGE

# Nothing when there is no such stack yet. Whatever else goes wrong, the calls below say.
of_the_stack() {
    aws cloudformation describe-stacks --stack-name "$stack" --output text --query "$1" 2>/dev/null || true
}

status=$(of_the_stack 'Stacks[0].StackStatus')
case "$status" in
ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
    fail "The stack $stack is in $status: its creation failed, and such a stack cannot be updated.
See why:     aws cloudformation describe-stack-events --stack-name $stack
Delete it:   aws cloudformation delete-stack --stack-name $stack
             aws cloudformation wait stack-delete-complete --stack-name $stack
Then run make deploy again. No data is lost: the stack never served anything."
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
for word in ${PARAMETERS:-}; do
    case "$word" in
    MongodbTlsCaFile=*) bundle=${word#MongodbTlsCaFile=} ;;
    esac
done
bundle=${bundle#/var/task/} # where a function's code lies
case "$bundle" in
"" | None | /*) ;; # no TLS, or a file outside the package
*)
    [ -f "build/code/$bundle" ] || fail "The functions would not find the CA bundle $bundle (MongodbTlsCaFile).
Put it into infra/certificates/, see the README there, and run make deploy again."
    ;;
esac

# Part of each function's package, so that SAM publishes a version whenever one runs with other
# settings or layers; in 1980, as all files of the package.
{
    printf '%s\n' "${PARAMETERS:-}"
    cat requirements/*.txt infra/template.yaml
} | cksum >build/code/release
touch -t 198001010000 build/code/release

aws cloudformation package --template-file infra/template.yaml \
    --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
    --output-template-file build/packaged.yaml
# shellcheck disable=SC2086  # PARAMETERS is a list of words
aws cloudformation deploy --template-file build/packaged.yaml \
    --stack-name "$stack" \
    --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
    --parameter-overrides "Stage=$STAGE" ${PARAMETERS:-}
aws cloudformation describe-stacks --stack-name "$stack" \
    --query 'Stacks[0].Outputs' --output table
echo "If the database's indexes changed: make indexes MONGODB_URI=… (from where it can be reached)"
