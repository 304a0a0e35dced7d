#!/bin/sh
# ffmpeg up to PAUSE_AFTER_BYTES bytes of its output; then nothing more, as long as the program lives that has started this. Once
# nearly all of that is read, the file PAUSED_FILE is there.
case "$1" in -version) exec ffmpeg -version ;; esac
ffmpeg "$@" | head -c "$PAUSE_AFTER_BYTES"
: > "$PAUSED_FILE"
while kill -0 "$PPID" 2>/dev/null; do sleep 0.1; done
