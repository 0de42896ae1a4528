# Settings of the scripts that build the image, for them to source; each can be set from outside. Nothing here needs root, a
# loop device or a mounted file system.
set -euo pipefail
image=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${WORK:=${XDG_CACHE_HOME:-$HOME/.cache}/faxbox-image}" # what is downloaded and built once
: "${SUITE:=trixie}"                                      # Debian's release
: "${MIRROR:=$(sed -n 's/^URIs: *//p; s/^deb \(http[^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1)}"
: "${SOURCE_DATE_EPOCH:=1767225600}" # the one timestamp in the image
export SOURCE_DATE_EPOCH WORK SUITE MIRROR LC_ALL=C TZ=UTC
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH # for mke2fs
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$WORK"

say() { printf '%s  %s\n' "$(date +%T)" "$*" >&2; }

# key FILE... names a cache by the release and what the files say.
key() { { echo "$SUITE"; cat "$@"; } | sha256sum | cut -c1-16; }
