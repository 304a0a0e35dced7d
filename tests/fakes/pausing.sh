#!/bin/sh
# ffmpeg up to PAUSE_AFTER_BYTES bytes of its output; then nothing more, as long as the program lives that has started this.
case "$1" in -version) exec ffmpeg -version ;; esac
ffmpeg "$@" | head -c "$PAUSE_AFTER_BYTES"
while kill -0 "$PPID" 2>/dev/null; do sleep 0.1; done
