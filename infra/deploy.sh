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

aws cloudformation package --template-file infra/template.yaml \
    --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
    --output-template-file build/packaged.yaml
# shellcheck disable=SC2086  # PARAMETERS is a list of words
aws cloudformation deploy --template-file build/packaged.yaml \
    --stack-name "product-portal-$STAGE" \
    --s3-bucket "$ARTIFACTS_BUCKET" --s3-prefix product-portal \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
    --parameter-overrides "Stage=$STAGE" ${PARAMETERS:-}
aws cloudformation describe-stacks --stack-name "product-portal-$STAGE" \
    --query 'Stacks[0].Outputs' --output table
echo "If the database's indexes changed: make indexes MONGODB_URI=… (from where it can be reached)"
