#!/bin/sh
# Says which browser the page tests will drive; installs Chromium where that is possible.
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "Browser tests use $(command -v "$name")."
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests ..."
    apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "No Chromium was found: the browser tests will be left out."
[ "$KEFU_BROWSER" != required ] || { echo "KEFU_BROWSER=required: that is an error."; exit 1; }
