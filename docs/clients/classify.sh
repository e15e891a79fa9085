#!/bin/sh
# Asks a Bramble gateway what is on a photo: curl alone.
#
#     classify.sh googlenet cat.jpg [http://localhost:8741]
#
# BRAMBLE_TOKEN is the gateway's token, where it wants one. curl asks again when the shelf has too much to do.
set -eu
model=$1 photo=$2 gateway=${3:-http://localhost:8741}
set -- --silent --show-error --fail-with-body --retry 5
[ -z "${BRAMBLE_TOKEN:-}" ] || set -- "$@" --header "Authorization: Bearer $BRAMBLE_TOKEN"
curl "$@" --data-binary "@$photo" "$gateway/v1/classify/$model?top=3"
echo
