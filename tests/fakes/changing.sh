#!/bin/sh
# ffmpeg; the file CHANGED_FILE is longer afterwards.
case "$1" in -version) exec ffmpeg -version ;; esac
ffmpeg "$@"
code=$?
printf x >> "$CHANGED_FILE"
exit $code
