#!/usr/bin/env bash
# Runs clients of other languages against examples/aws: aws-cli, rclone, boto3 and @aws-sdk/client-s3,
# each with its default chain of credentials and nothing configured but the variables that the server
# prints; rclone, whose SDK knows no other STS than AWS's, with keys that aws-cli had from it. What the machine lacks is left out, and said; with --install it is installed first, from
# Debian (as root) and npm, outside the repository.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export CLIENTS=${XDG_CACHE_HOME:-$HOME/.cache}/irsa-go/clients
mkdir -p "$CLIENTS"

if [[ ${1:-} == --install ]]; then
	command -v aws >/dev/null && python3 -c 'import boto3' 2>/dev/null ||
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y awscli python3-boto3; }
	command -v rclone >/dev/null || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y rclone; }
	[[ -d $CLIENTS/node_modules/@aws-sdk/client-s3 ]] ||
		(cd "$CLIENTS" && npm init -y >/dev/null && npm install @aws-sdk/client-s3)
fi

work=$(mktemp -d)
trap '[[ -z ${server:-} ]] || kill "$server"; wait; rm -rf "$work"' EXIT
mkdir -p "$work/buckets/reports/2026"
printf 'a,b\n' >"$work/buckets/reports/2026/01.csv"
printf 'odd' >"$work/buckets/reports/odd name+ä.txt"
(cd "$here/../../.." && go build -o "$work/aws-server" ./examples/aws)

for name in "${!AWS_@}"; do unset "$name"; done
export HOME=$work AWS_EC2_METADATA_DISABLED=true
"$work/aws-server" -listen 127.0.0.1:0 -buckets "$work/buckets" >"$work/env" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
	[[ $(grep -c . "$work/env") -ge 8 ]] && break
	kill -0 "$server" || { cat "$work/log"; exit 1; }
	sleep 0.1
done
. "$work/env"

# assume exchanges the token for keys in the environment, for what can't do it by itself.
assume() {
	read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(
		env -u AWS_WEB_IDENTITY_TOKEN_FILE aws sts assume-role-with-web-identity --no-sign-request --output text \
			--endpoint-url "$AWS_ENDPOINT_URL_STS" --role-arn "$AWS_ROLE_ARN" --role-session-name service \
			--web-identity-token "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" \
			--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
	export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
}

if command -v aws >/dev/null; then
	endpoint=()
	if [[ $(aws --version) =~ ^aws-cli/(1\.2[0-8]|2\.[0-9]\.|2\.1[0-2]\.) ]]; then
		# Before 1.29 and 2.13 it takes no endpoint from the environment: Debian has such a one.
		assume
		endpoint=(--endpoint-url "$AWS_ENDPOINT_URL_S3")
	fi
	s3() { aws s3 "$@" "${endpoint[@]}"; }
	s3 ls | grep reports >/dev/null
	s3 ls s3://reports/ --recursive | grep '2026/01.csv' >/dev/null
	head -c 20000000 /dev/urandom >"$work/big"
	mkdir -p "$work/up/sub" && cp "$work/big" "$work/up/sub/" && printf 'x' >"$work/up/ä b+c"
	s3 cp "$work/big" s3://reports/cli/big --quiet
	s3 cp s3://reports/cli/big "$work/back" --quiet && cmp "$work/big" "$work/back"
	s3 cp s3://reports/cli/big s3://reports/cli/copy --quiet
	printf 'piped' | s3 cp - s3://reports/cli/piped --quiet
	[[ $(s3 cp s3://reports/cli/piped -) == piped ]]
	s3 sync "$work/up" s3://reports/cli/up --quiet
	s3 sync s3://reports/cli/up "$work/down" --quiet && diff -r "$work/up" "$work/down"
	[[ -z $(s3 sync "$work/up" s3://reports/cli/up --size-only) ]] # nothing is left to do
	rm "$work/up/sub/big" && s3 sync "$work/up" s3://reports/cli/up --delete --size-only --quiet
	[[ $(aws s3api list-objects "${endpoint[@]}" --bucket reports --prefix cli/up/ --query 'length(Contents)') == 1 ]]
	aws s3api get-object-attributes --bucket reports --key cli/big --object-attributes ETag ObjectSize "${endpoint[@]}" | grep 20000000 >/dev/null
	s3 rm s3://reports/cli --recursive --quiet
	[[ -z $(s3 ls s3://reports/cli/ || true) ]]
	aws --version
else
	echo "aws-cli: not on this machine" >&2
fi
if command -v aws >/dev/null && command -v rclone >/dev/null; then
	assume
	export RCLONE_CONFIG=$work/rclone.conf RCLONE_CONFIG_KIT_TYPE=s3 RCLONE_CONFIG_KIT_PROVIDER=Other \
		RCLONE_CONFIG_KIT_ENV_AUTH=true RCLONE_CONFIG_KIT_REGION=$AWS_REGION RCLONE_CONFIG_KIT_ENDPOINT=$AWS_ENDPOINT_URL_S3
	: >"$RCLONE_CONFIG"
	[[ $(rclone lsf --recursive --files-only kit:reports | sort) == $'2026/01.csv\nodd name+ä.txt' ]]
	mkdir -p "$work/tree/sub" && head -c 6000000 /dev/urandom >"$work/tree/sub/big" && printf 'x' >"$work/tree/ä b+c"
	rclone sync "$work/tree" kit:reports/rclone
	rclone check "$work/tree" kit:reports/rclone 2>/dev/null
	rclone sync kit:reports/rclone "$work/back-tree" && diff -r "$work/tree" "$work/back-tree"
	rclone purge kit:reports/rclone
	[[ -z $(rclone lsf --recursive kit:reports/rclone 2>/dev/null) ]]
	rclone version | head -n 1
else
	echo "rclone: not on this machine" >&2
fi
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
if python3 -c 'import boto3' 2>/dev/null; then
	python3 "$here/boto.py"
else
	echo "boto3: not on this machine" >&2
fi
if command -v node >/dev/null && [[ -d $CLIENTS/node_modules/@aws-sdk/client-s3 ]]; then
	node "$here/client.mjs"
else
	echo "@aws-sdk/client-s3: not on this machine" >&2
fi
